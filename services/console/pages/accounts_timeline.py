"""`/console/accounts/{id}/timeline`: facts, alerts, decisions and messages in one order."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.addresses import path_part
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import accounts_timeline as views
from shared.web import CurrentContext, Problem

routes = page_router()


@routes.get("/accounts/{id}/timeline")
async def timeline(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, context: CurrentContext
) -> Response:
    path = f"/v1/accounts/{path_part(id)}"
    of: dict[str, Any] = {"account": id, "limit": views.MOST}
    account = await ask.get(path)
    if not account.ok:
        raise Problem(account.status, "No account has this id.")
    asked = views.wanted(request.query_params)
    lists: dict[str, tuple[str, dict[str, Any]]] = {
        "alert": ("/v1/alerts", of),
        "decision": ("/v1/decisions", of),
        "fact": (f"{path}/facts", {"limit": views.MOST}),
        "message": ("/v1/notifications", of),
    }
    kinds = [asked["kind"]] if asked["kind"] else list(views.KINDS)
    if "plan" in kinds:
        now = (await ask.parts(now=ask.get(f"{path}/usage")))["now"].ready
        query = views.plan_query(now, context.clock.now())
        lists["plan"] = (f"{path}/usage/history", query)
        if now is not None and not query:
            kinds.remove("plan")
    parts = await ask.parts(**{kind: ask.get(*lists[kind]) for kind in kinds})
    found = {kind: part.ready for kind, part in parts.items()}
    view = views.view(account.body, asked, found)
    return render.page(request, reader, "accounts_timeline", view)
