"""`/console/operations/audit`: who did what, before and after."""

from fastapi import Request
from fastapi.responses import Response

from services.console import downloads, render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_audit as views
from shared.web import Problem

routes = page_router()


@routes.get("/operations/audit")
async def audit(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    if not reader.roles & operations.AUDITORS:
        raise Problem(403, "This is for managers and operators.")
    asked = views.wanted(request.query_params)
    if request.query_params.get("format") == "csv":
        return await downloads.csv(ask, "/v1/audit", asked, "audit")
    query = {**asked, "cursor": request.query_params.get("cursor", "")}
    part = (await ask.parts(audit=ask.get("/v1/audit", query)))["audit"]
    refused = part.answered if part.answered and part.answered.status == 422 else None
    found = {"data": [], "next_cursor": None} if refused else part.ready
    view = views.view(asked, found) | {"tabs": operations.tabs(reader.roles, "audit")}
    troubles = render.troubles_of(refused.faults) if refused else ()
    status = 422 if refused else 200
    return render.page(request, reader, "operations_audit", view, status=status, troubles=troubles)
