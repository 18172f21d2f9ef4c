"""`/console/accounts/{id}/timeline`: facts, alerts, decisions and messages in one order."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.addresses import path_part
from services.console.ask import Asker, CurrentAsker
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
    asking = {kind: ask.get(*lists[kind]) for kind in kinds if kind in lists}
    parts = await ask.parts(**asking)
    found: dict[str, Any] = {kind: part.ready for kind, part in parts.items()}
    if "call" in kinds:
        found["call"] = await _logs(ask, id)
    view = views.view(account.body, asked, found)
    return render.page(request, reader, "accounts_timeline", view)


async def _logs(ask: Asker, account: str) -> dict[str, Any] | None:
    """Entries of the account's opportunities that may be talks, by opportunity; None: away."""
    query = {"account": account, "limit": views.MOST_DEALS}
    deals = (await ask.parts(deals=ask.get("/v1/opportunities", query)))["deals"].ready
    if deals is None:
        return None
    asked = [(one["id"], type) for one in deals["data"] for type in views.TALKED]
    logs = await ask.parts(
        **{
            f"{id} {type}": ask.get(
                f"/v1/opportunities/{path_part(id)}/entries", {"type": type, "limit": views.MOST}
            )
            for id, type in asked
        }
    )
    if any(log.ready is None for log in logs.values()):
        return None
    found: dict[str, Any] = {id: [] for id, _ in asked}
    for id, type in asked:
        found[id] += logs[f"{id} {type}"].ready["data"]
    return found
