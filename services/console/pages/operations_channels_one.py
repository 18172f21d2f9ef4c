"""`/console/operations/channels/{name}`: one channel, set, tested, turned off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_channels_one as views
from services.console.views.operations_channels_one import Filled
from shared.web import Problem

routes = page_router()
_TEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Known:
    """`found`: as the API lists it. `revision`: empty while it is off."""

    found: dict[str, Any]
    revision: str
    success: Any

    @property
    def filled(self) -> Filled:
        return Filled(views.settings(self.found), self.revision)


@routes.get("/operations/channels/{name}")
async def channel(request: Request, name: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    known = await _known(ask, name)
    return _page(request, reader, known, known.filled)


@routes.post("/operations/channels/{name}")
async def act(
    request: Request, name: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """Changes its settings; sends a test message, which ends a block if it arrives; or turns it
    off.
    """
    match form.get("act"):
        case "change":
            return await _change(request, name, reader, ask, form)
        case "test":
            query = {"to": form.get("to").strip()}
            path = f"{_record(name)}:test"
            done = await ask.send("POST", path, query=query, seconds=_TEST_SECONDS)
            if done.ok and not done.body["delivered"]:
                trouble = Trouble("", done.body["error"] or "undelivered")
                known = await _known(ask, name)
                return _page(request, reader, known, known.filled, troubles=[trouble])
            said = "tested"
        case "off":
            done, said = await ask.send("DELETE", _record(name)), "off"
        case _:
            raise Problem(404, "There is nothing at this address.")
    if done.ok:
        return RedirectResponse(with_said(of("operations", "channels", name), said), 303)
    known = await _known(ask, name)
    return _page(request, reader, known, known.filled, done)


async def _change(
    request: Request, name: str, reader: Reader, ask: Asker, form: Fields
) -> Response:
    """Where somebody else was first, what only one side changed is merged; it asks once more for
    what both did.
    """
    was, body, said = views.before(form.get("before")), views.body(name, form), "saved"
    filled = Filled(was, form.get("revision"), body)
    done = await ask.send("PUT", _record(name), body, revision=filled.revision)
    if done.status == 412:
        known = await _known(ask, name)
        filled, said = views.stale(was, body, known.found, known.revision), "merged"
        if not filled.conflicts:
            told = views.merged(body, filled)
            done = await ask.send("PUT", _record(name), told, revision=known.revision)
    known = await _known(ask, name)
    if not done.ok:
        return _page(request, reader, known, filled, done)
    if (secret := done.body.get("secret", views.MASK)) == views.MASK:
        return RedirectResponse(with_said(of("operations", "channels", name), said), 303)
    return _page(request, reader, known, known.filled, secret=secret)


def _record(name: str) -> str:
    return f"/v1/channels/{path_part(name)}"


async def _known(ask: Asker, name: str) -> Known:
    """Raises Problem if no channel has this name."""
    newest = {"channel": name, "state": "delivered", "limit": 1}
    parts = await ask.parts(
        channels=ask.get("/v1/channels"),
        channel=ask.get(_record(name)),
        success=ask.get("/v1/deliveries", newest),
    )
    listed, one = parts["channels"].ready, parts["channel"].answered
    if listed is None or one is None:
        raise Problem(503, "The channels are not known at the moment.")
    found = [each for each in listed["data"] if each["name"] == name]
    if not found:
        raise Problem(404, "There is no such channel.")
    revision = one.headers.get("etag", "").strip('"') if one.ok else ""
    return Known(found[0], revision, parts["success"].ready)


def _page(
    request: Request,
    reader: Reader,
    known: Known,
    filled: Filled,
    refused: Answered | None = None,
    *,
    troubles: Sequence[Trouble] = (),
    secret: str = "",
) -> Response:
    operates = reader.may("operate")
    view = views.view(known.found, known.success, filled, operates=operates, secret=secret)
    view["tabs"] = operations.tabs(reader.roles, "channels")
    if refused is not None:
        troubles = render.refusal(refused.status, refused.faults)
    return render.page(
        request,
        reader,
        "operations_channels_one",
        view,
        status=200 if refused is None else refused.status,
        troubles=troubles,
    )
