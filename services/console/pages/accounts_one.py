"""`/console/accounts/{id}`: one account on one page."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.addresses import path_part
from services.console.ask import Asker, CurrentAsker, Part
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import accounts_one as views
from shared.web import Problem

routes = page_router()
FEW = 10


@routes.get("/accounts/{id}")
async def account(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    parts = await _asked(ask, id)
    found = parts["account"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No account has this id.")
    look = render.look_of(request, reader)
    zone = found.body["time_zone"]
    ready: dict[str, Any] = {name: part.ready for name, part in parts.items()}
    view = {
        **views.header(found.body),
        "meters": views.meters(ready["usage"], id, look.language),
        "alerts": views.rows(ready["alerts"]),
        "decision": views.newest_decision(ready["decisions"], look.locale, zone),
        "decisions_away": ready["decisions"] is None,
        "suppressions": views.suppressions(found.body, look.locale),
        "tasks": views.tasks(ready["tasks"]),
        "opportunities": views.opportunities(ready["opportunities"]),
        "timeline": views.timeline(
            ready["all_alerts"], ready["decisions"], ready["facts"], ready["messages"]
        ),
        "timeline_away": [
            name for name in ("all_alerts", "decisions", "facts", "messages") if ready[name] is None
        ],
    }
    return render.page(request, reader, "accounts_one", view)


async def _asked(ask: Asker, id: str) -> dict[str, Part]:
    path = f"/v1/accounts/{path_part(id)}"
    of = {"account": id, "limit": FEW}
    return await ask.parts(
        account=ask.get(path),
        usage=ask.get(f"{path}/usage"),
        alerts=ask.get("/v1/alerts", {**of, "state": "open"}),
        all_alerts=ask.get("/v1/alerts", of),
        decisions=ask.get("/v1/decisions", of),
        tasks=ask.get("/v1/tasks", {**of, "open": True, "sort": "due"}),
        opportunities=ask.get("/v1/opportunities", {**of, "open": True}),
        facts=ask.get(f"{path}/facts", {"limit": FEW}),
        messages=ask.get("/v1/notifications", of),
    )
