"""`/console/accounts`: all accounts, filtered and sorted."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import downloads, render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import accounts as views

routes = page_router()


@routes.get("/accounts")
async def accounts(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    asked = views.wanted(request.query_params)
    cursor = request.query_params.get("cursor", "")
    query = {**asked, "csm": reader.person_id if asked.get("csm") == "me" else asked.get("csm")}
    if request.query_params.get("format") == "csv":
        return await downloads.csv(ask, "/v1/accounts", query, "accounts")
    parts = await ask.parts(
        accounts=ask.get("/v1/accounts", {**query, "cursor": cursor}),
        people=ask.get("/v1/people"),
        catalog=ask.get("/v1/catalog"),
    )
    found = parts["accounts"].answered
    view: dict[str, Any] = {
        "asked": asked,
        "people": _named(parts["people"].ready),
        "plans": [one["id"] for one in (parts["catalog"].ready or {}).get("plans", ())],
        "away": found is None or found.status >= 500,
    }
    if view["away"] or found is None:
        return render.page(request, reader, "accounts", view)
    if not found.ok:  # a filter that nobody offers: the list without it, and why
        plain = await ask.get("/v1/accounts")
        view |= views.view(views.wanted({}), plain.body, "")
        troubles = render.troubles_of(found.faults)
        return render.page(request, reader, "accounts", view, status=422, troubles=troubles)
    view |= views.view(asked, found.body, cursor)
    return render.page(request, reader, "accounts", view)


def _named(answer: Any) -> list[tuple[str, str]]:
    return [(one["id"], one["name"]) for one in (answer or {}).get("data", ())]
