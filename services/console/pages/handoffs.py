"""`/console/handoffs`: who waits for an answer of Sales."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.names import persons
from services.console.routing import page_router
from services.console.views import handoffs as views

routes = page_router()


@routes.get("/handoffs")
async def handoffs(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    asked = views.wanted(request.query_params)
    query = {
        **views.query(asked, reader.person_id),
        "cursor": request.query_params.get("cursor", ""),
    }
    parts = await ask.parts(tasks=ask.get("/v1/tasks", query), people=ask.people())
    view = views.view(asked, parts["tasks"].ready)
    view["people"] = persons(parts["people"].ready)
    return render.page(request, reader, "handoffs", view)
