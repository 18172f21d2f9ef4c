"""`/console/operations/channels`: where messages go, whether they can, and when they last did."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import path_part, with_said
from services.console.ask import Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_channels as views
from shared.web import Problem

routes = page_router()
PATH = "/console/operations/channels"
_TEST_SECONDS = 60.0


@routes.get("/operations/channels")
async def channels(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, reader, ask)


@routes.post("/operations/channels/{name}")
async def act(
    request: Request, name: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """Sends a test message, which ends a block if it arrives; or turns the channel off."""
    path = f"/v1/channels/{path_part(name)}"
    match form.get("act"):
        case "test":
            done = await ask.send("POST", f"{path}:test", seconds=_TEST_SECONDS)
            if done.ok and not done.body["delivered"]:
                trouble = Trouble("", done.body["error"] or "undelivered")
                return await _shown(request, reader, ask, troubles=[trouble])
            said = "tested"
        case "off":
            done, said = await ask.send("DELETE", path), "off"
        case _:
            raise Problem(404, "There is nothing at this address.")
    if done.ok:
        return RedirectResponse(with_said(PATH, said), 303)
    troubles = render.troubles_of(done.faults)
    return await _shown(request, reader, ask, status=done.status, troubles=troubles)


async def _shown(
    request: Request,
    reader: Reader,
    ask: Asker,
    *,
    status: int = 200,
    troubles: Sequence[Trouble] = (),
) -> Response:
    found = (await ask.parts(channels=ask.get("/v1/channels")))["channels"].ready
    names = [one["name"] for one in (found or {"data": ()})["data"]]
    asked = {"state": "delivered", "limit": 1}
    successes = await ask.parts(
        **{name: ask.get("/v1/deliveries", {**asked, "channel": name}) for name in names}
    )
    view = views.view(
        found,
        {name: part.ready for name, part in successes.items()},
        operates=bool(reader.roles & operations.OPERATORS),
    )
    view["tabs"] = operations.tabs(reader.roles, "channels")
    return render.page(
        request, reader, "operations_channels", view, status=status, troubles=troubles
    )
