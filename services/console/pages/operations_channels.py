"""`/console/operations/channels`: where messages go, whether they can, and when they last did."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_channels as views

routes = page_router()


@routes.get("/operations/channels")
async def channels(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    found = (await ask.parts(channels=ask.get("/v1/channels")))["channels"].ready
    names = [one["name"] for one in (found or {"data": ()})["data"]]
    asked = {"state": "delivered", "limit": 1}
    successes = await ask.parts(
        **{name: ask.get("/v1/deliveries", {**asked, "channel": name}) for name in names}
    )
    view = views.view(found, {name: part.ready for name, part in successes.items()})
    view["tabs"] = operations.tabs(reader.roles, "channels")
    return render.page(request, reader, "operations_channels", view)
