"""The demo page's routes: the page, its state as a stream, and the visitor's actions. Loopback
only, never part of a deployment.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi import Path as UrlPath
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from plimsoll.demo.simulator import CATALOG, Gone, Simulator
from plimsoll.demo.view import View

PAGE = Path(__file__).with_name("assets")
MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
DOCS = Path(__file__).parents[2] / "docs"
"""Exists if Plimsoll runs from its repository; an installed package does not have it."""
PAGES = (
    "product-developers.md",
    "catalogue.md",
    "csms.md",
    "sales.md",
    "managers.md",
    "channels.md",
    "operators.md",
    "architecture.md",
)
# Mails are shown in a sandboxed frame that may neither load nor run anything.
MAIL_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


class Paused(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    paused: bool


class Speed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    speed: Annotated[float, Field(ge=0.1, le=20)]


class Boost(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    percent: Annotated[int, Field(ge=1, le=120)] = 96


class Again(BaseModel):
    """Must be confirmed explicitly: it deletes the existing data."""

    model_config = ConfigDict(extra="forbid", strict=True)
    confirm: Literal[True]


def routes(
    simulator: Simulator,
    view: View,
    stopping: asyncio.Event,
    forget: Callable[[], None],
    data_dir: Path,
) -> APIRouter:
    """`forget`: empties the demo's mailbox and CRM."""
    router = APIRouter(include_in_schema=False)
    _add_page(router)
    _add_states(router, view, stopping)
    _add_simulator(router, simulator, forget)
    _add_documents(router, data_dir)
    _add_accounts(router, simulator)
    _add_messages(router, simulator, view)
    return router


def _add_page(router: APIRouter) -> None:
    @router.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", media_type="text/html")

    @router.get("/demo/page/{name}")
    async def part(name: str) -> FileResponse:
        file = PAGE / name
        if file.parent != PAGE or not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, media_type=MEDIA[file.suffix])


def _add_states(router: APIRouter, view: View, stopping: asyncio.Event) -> None:
    @router.get("/demo/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(
            _states(view, stopping),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )


def _add_simulator(router: APIRouter, simulator: Simulator, forget: Callable[[], None]) -> None:
    @router.post("/demo/pause")
    async def pause(body: Paused) -> dict[str, bool]:
        simulator.paused = body.paused
        return {"paused": simulator.paused}

    @router.post("/demo/speed")
    async def speed(body: Speed) -> dict[str, float]:
        simulator.speed = body.speed
        return {"speed": simulator.speed}

    @router.post("/demo/reset")
    async def reset(body: Again, request: Request) -> dict[str, int]:
        """Responds once all accounts are back. No other site may make a visitor's browser request
        it.
        """
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise HTTPException(403, "only the demo's own page starts it again")
        try:
            await simulator.reset(forget)
        except httpx.HTTPError as fault:
            raise HTTPException(503, "the services did not answer: try once more") from fault
        return {"accounts": len(simulator.residents)}


def _add_documents(router: APIRouter, data_dir: Path) -> None:
    @router.get("/demo/catalog")
    async def catalog() -> PlainTextResponse:
        return PlainTextResponse(CATALOG.read_text(encoding="utf-8"))

    @router.get("/demo/about")
    async def about() -> dict[str, Any]:
        """The pages that this page links to."""
        return {
            "docs": [name for name in PAGES if (DOCS / name).is_file()],
            "key": str(data_dir / "admin-key"),
        }

    @router.get("/demo/docs/{name}")
    async def docs(name: str) -> PlainTextResponse:
        if name not in PAGES or not (DOCS / name).is_file():
            raise HTTPException(404)
        return PlainTextResponse((DOCS / name).read_text(encoding="utf-8"))


def _add_accounts(router: APIRouter, simulator: Simulator) -> None:
    @router.post("/demo/accounts/{account}/boost")
    async def boost(account: str, body: Boost) -> dict[str, str]:
        try:
            await simulator.boost(_known(simulator, account), body.percent)
        except Gone as gone:
            raise HTTPException(409, "the demo is being started again") from gone
        return {"account": account}

    @router.post("/demo/accounts/{account}/free")
    async def free(account: str) -> dict[str, str]:
        try:
            await simulator.free(_known(simulator, account))
        except Gone as gone:
            raise HTTPException(409, "the demo is being started again") from gone
        return {"account": account}

    @router.post("/demo/accounts/{account}/upgrade")
    async def upgrade(account: str) -> dict[str, str]:
        await simulator.upgrade(_known(simulator, account))
        return {"account": account}


def _add_messages(router: APIRouter, simulator: Simulator, view: View) -> None:
    @router.post("/demo/token/{account}/{contact}")
    async def token(account: str, contact: str) -> Any:
        """What a product's back end does for its signed-in user."""
        return await simulator.product.post(
            "/v1/inbox/tokens",
            {"account": _known(simulator, account), "contact": contact, "ttl": 3600},
        )

    @router.get("/demo/mails/{number}")
    async def mail(number: int) -> HTMLResponse:
        found = next((one for one in view.mailbox.mails if one.id == number), None)
        if found is None:
            raise HTTPException(404)
        return HTMLResponse(found.html, headers=MAIL_HEADERS)

    @router.post("/demo/deal/on")
    async def play_on() -> dict[str, bool]:
        """The deal goes on by itself: nobody has to hand it over."""
        view.deal.play_on()
        return {"waits": view.deal.waits}

    @router.get("/demo/documents/{name}")
    async def document(
        name: Annotated[str, UrlPath(pattern="^[a-z_]+$")],
        lang: Annotated[str, Query(pattern="^(en|ja)$")] = "en",
    ) -> HTMLResponse:
        """A document of the deal that is played."""
        found = await view.deal.document(name, lang)
        if found is None or found.status_code != 200:
            raise HTTPException(404)
        return HTMLResponse(found.text, headers=MAIL_HEADERS)

    @router.get("/demo/why/{account}")
    async def why(
        account: str,
        lang: Annotated[str, Query(pattern="^(en|ja)$")] = "en",
        decision: str | None = None,
    ) -> dict[str, Any]:
        return await view.why(_known(simulator, account), lang, decision)


def _known(simulator: Simulator, account: str) -> str:
    if account not in simulator.residents:
        raise HTTPException(404, f"the demo has no account {account}")
    return account


async def _states(view: View, stopping: asyncio.Event) -> AsyncIterator[str]:
    sent = ""
    while not stopping.is_set():
        if view.text != sent:
            sent = view.text
            yield f"data: {sent}\n\n"
        async with view.changed:
            try:
                if view.text == sent:
                    await asyncio.wait_for(view.changed.wait(), 5)
            except TimeoutError:
                yield ": still here\n\n"
