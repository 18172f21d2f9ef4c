"""The demo page's routes: the page, its state as a stream, and what a visitor may press. Loopback only, never part of a deployment."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from plimsoll.demo.simulator import Simulator
from plimsoll.demo.view import View

PAGE = Path(__file__).with_name("assets")
MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
# Mails are shown in a sandboxed frame that may load nothing and run nothing.
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


def routes(simulator: Simulator, view: View, stopping: asyncio.Event) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", media_type="text/html")

    @router.get("/demo/page/{name}")
    async def part(name: str) -> FileResponse:
        file = PAGE / name
        if file.parent != PAGE or not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, media_type=MEDIA[file.suffix])

    @router.get("/demo/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(_states(view, stopping), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @router.post("/demo/pause")
    async def pause(body: Paused) -> dict[str, bool]:
        simulator.paused = body.paused
        return {"paused": simulator.paused}

    @router.post("/demo/speed")
    async def speed(body: Speed) -> dict[str, float]:
        simulator.speed = body.speed
        return {"speed": simulator.speed}

    @router.post("/demo/accounts/{account}/boost")
    async def boost(account: str, body: Boost) -> dict[str, str]:
        await simulator.boost(_known(simulator, account), body.percent)
        return {"account": account}

    @router.post("/demo/accounts/{account}/free")
    async def free(account: str) -> dict[str, str]:
        await simulator.free(_known(simulator, account))
        return {"account": account}

    @router.post("/demo/accounts/{account}/upgrade")
    async def upgrade(account: str) -> dict[str, str]:
        await simulator.upgrade(_known(simulator, account))
        return {"account": account}

    @router.post("/demo/token/{account}/{contact}")
    async def token(account: str, contact: str) -> Any:
        """What a product's back end does for the user who is signed in."""
        return await simulator.product.post("/v1/inbox/tokens", {"account": _known(simulator, account), "contact": contact, "ttl": 3600})

    @router.get("/demo/mails/{number}")
    async def mail(number: int) -> HTMLResponse:
        found = next((one for one in view.mailbox.mails if one.id == number), None)
        if found is None:
            raise HTTPException(404)
        return HTMLResponse(found.html, headers=MAIL_HEADERS)

    @router.get("/demo/why/{account}")
    async def why(account: str, lang: Annotated[str, Query(pattern="^(en|ja)$")] = "en", decision: str | None = None) -> dict[str, Any]:
        return await view.why(_known(simulator, account), lang, decision)

    return router


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
