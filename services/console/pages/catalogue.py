"""`/console/catalogue`: what do we sell, and since when?"""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import catalogue as views

routes = page_router()
_FEW = 10


@routes.get("/catalogue")
async def versions(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    cursor = request.query_params.get("cursor")
    parts = await ask.parts(
        versions=ask.get("/v1/catalogs", {"cursor": cursor}),
        backtests=ask.get("/v1/backtests", {"limit": _FEW}),
        people=ask.get("/v1/people", {"limit": 500}),
    )
    listed = parts["versions"]
    view = {"away": True, "may_write": views.may_write(reader.roles)}
    if listed.state == "ready" and listed.body and "data" in listed.body:
        jobs = parts["backtests"].body if parts["backtests"].state == "ready" else None
        names = views.names_of(parts["people"].body)
        view = {
            "away": False,
            **views.view(listed.body, jobs, reader.roles, cursor is None, names),
        }
    return render.page(request, reader, "catalogue", view)
