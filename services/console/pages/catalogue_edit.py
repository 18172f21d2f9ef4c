"""`/console/catalogue/edit`: the catalogue as text, checked while it is written, tried, applied."""

import asyncio
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.pages import catalogue_backtests_one
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import catalogue as listed
from services.console.views import catalogue_edit as views
from shared.web import Problem

routes = page_router()
YAML = "application/yaml"
_WRITTEN = {"Content-Type": YAML}
_DEMO = "demo"
_REFUSED = {400: "not_valid", 403: "not_your_role", 422: "not_valid"}


@routes.get("/catalogue/edit")
async def edit(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    wanted = request.query_params.get("from", "")
    in_force = await _in_force(ask)
    if wanted == _DEMO:
        text = files("plimsoll").joinpath("demo/catalog.yaml").read_text("utf-8")
    elif wanted.isdecimal() or in_force:
        text = await _text(ask, wanted if wanted.isdecimal() else str(in_force))
    else:
        text = ""
    return await _shown(request, reader, ask, text, in_force)


@routes.post("/catalogue/edit")
async def act(request: Request, reader: SignedIn, ask: CurrentAsker, form: Form) -> Response:
    text, known = views.normal(form.get("text")), form.get("revision") or "0"
    if not known.isdecimal():
        raise Problem(422, "The form has no revision.")
    wanted = form.get("act")
    if wanted in ("apply", "confirm"):
        return await _applied(request, reader, ask, text, int(known), is_sure=wanted == "confirm")
    if wanted == "backtest":
        checked = await _check(ask, text)
        if checked.ok:
            return await catalogue_backtests_one.begin(ask, text, form.get("since"))
        return await _shown(request, reader, ask, text, int(known), checked)
    return await _shown(request, reader, ask, text, int(known))


async def _applied(
    request: Request, reader: Reader, ask: Asker, text: str, known: int, *, is_sure: bool
) -> Response:
    """First it says what would change, and asks."""
    done = await ask.send(
        "PUT",
        "/v1/catalog",
        text.encode(),
        query=None if is_sure else {"dry_run": True},
        revision=str(known),
        headers=_WRITTEN,
    )
    if done.status == 412:
        return await _stale(request, reader, ask, text, known)
    if done.ok and is_sure:
        return RedirectResponse(with_said(listed.PATH, "applied"), 303)
    if not done.ok:
        return await _shown(request, reader, ask, text, known, done)
    shown = await asyncio.to_thread(views.preview, text, reader.language)
    view = views.view(text, known, done.body, shown, may_write=listed.may_write(reader.roles))
    named = None if shown is None else shown["document"]
    view["question"] = views.question(done.body, named, reader.language)
    return render.page(request, reader, "catalogue_edit", view)


async def _stale(request: Request, reader: Reader, ask: Asker, text: str, known: int) -> Response:
    """Somebody else applied another one: what only one side touched is merged."""
    newer = await _in_force(ask)
    before = await _text(ask, str(known)) if known else ""
    theirs = await _text(ask, str(newer)) if newer else ""
    changed = (
        await ask.get(f"/v1/catalogs/{known}/differences/{newer}") if known and newer else None
    )
    named = await ask.get("/v1/catalog")
    stale = await asyncio.to_thread(
        views.stale,
        newer,
        (before, text, theirs),
        changed.body if changed and changed.ok else None,
        named.body if named.ok else None,
        reader.language,
    )
    checked = await _check(ask, stale["text"])
    return await _shown(
        request, reader, ask, stale["text"], newer, checked, stale=stale, status=412
    )


async def _shown(
    request: Request,
    reader: Reader,
    ask: Asker,
    text: str,
    known: int,
    checked: Answered | None = None,
    *,
    stale: dict[str, Any] | None = None,
    status: int = 0,
) -> Response:
    if checked is None and text.strip():
        checked = await _check(ask, text)
    body = None if checked is None else checked.body
    shown = None
    if checked is not None and checked.ok:
        shown = await asyncio.to_thread(views.preview, text, reader.language)
    view = views.view(text, known, body, shown, may_write=listed.may_write(reader.roles))
    view["stale"] = stale
    troubles = [Trouble("text", "newer")] if stale else []
    if checked is not None and checked.status in _REFUSED and _is_sent(request):
        troubles += [Trouble("text", _REFUSED[checked.status])]
        status = status or checked.status
    return render.page(
        request, reader, "catalogue_edit", view, status=status or 200, troubles=troubles
    )


def _is_sent(request: Request) -> bool:
    """Whether somebody sent the form; while they type, a script only asks for what the check finds,
    and nothing is refused.
    """
    return request.method == "POST" and "x-plimsoll-part" not in request.headers


async def _check(ask: Asker, text: str) -> Answered:
    return await ask.send("POST", "/v1/catalog:check", text.encode(), headers=_WRITTEN)


async def _in_force(ask: Asker) -> int:
    """Its version; 0 if there is none yet."""
    found = await ask.get("/v1/catalogs", {"limit": 1})
    if not found.ok:
        raise Problem(found.status, "The versions cannot be read.")
    return int(found.body["data"][0]["version"]) if found.body["data"] else 0


async def _text(ask: Asker, version: str) -> str:
    found = await ask.get(f"/v1/catalogs/{version}", accept=YAML)
    if not found.ok:
        raise Problem(found.status, "No such version.")
    return found.raw.decode()
