"""`/console/decisions/{id}`: why an account was, or was not, sent an offer."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.addresses import path_part
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import decisions_one as views
from shared.web import Problem

routes = page_router()
MOST_TASKS = 50


@routes.get("/decisions/{id}")
async def decision(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    found = await ask.get(f"/v1/decisions/{path_part(id)}")
    if not found.ok:
        raise Problem(found.status, "No decision has this id.")
    account = found.body["account"]
    parts = await ask.parts(
        account=ask.get(f"/v1/accounts/{path_part(account)}"),
        tasks=ask.get("/v1/tasks", {"account": account, "limit": MOST_TASKS}),
        alerts=ask.get("/v1/alerts", {"account": account, "limit": MOST_TASKS}),
        messages=ask.get("/v1/notifications", {"account": account, "limit": MOST_TASKS}),
    )
    lists = {name: (part.ready or {}).get("data") for name, part in parts.items()}
    view = views.view(
        found.body,
        parts["account"].ready,
        lists["tasks"],
        views.notice(id, lists["alerts"], lists["messages"]),
        render.look_of(request, reader).locale,
        reader.time_zone,
    )
    return render.page(request, reader, "decisions_one", view)


@routes.get("/decisions/{id}/json")
async def decision_json(id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    """As the API has it, to keep or to send on."""
    found = await ask.get(f"/v1/decisions/{path_part(id)}")
    if not found.ok:
        raise Problem(found.status, "No decision has this id.")
    return Response(found.raw, media_type="application/json")
