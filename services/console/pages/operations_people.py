"""`/console/operations/people`: who our people are, and who is logged in."""

from fastapi import Request
from fastapi.responses import Response

from services.console import downloads, render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.tables import sessions
from services.console.views import operations
from services.console.views import operations_people as views
from shared.postgres.database import transaction
from shared.security.rights import OPERATORS
from shared.values.csv_form import csv_bytes
from shared.web import CurrentContext, Problem

routes = page_router()
MOST = 50


@routes.get("/operations/people")
async def people(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext
) -> Response:
    if request.query_params.get("format") == "csv":
        listed = await downloads.rows(ask, "/v1/people", views.asked(request.query_params))
        return downloads.file(csv_bytes(listed), "people")
    wanted, cursor = views.asked(request.query_params), request.query_params.get("cursor")
    found = await ask.get("/v1/people", {**wanted, "cursor": cursor, "limit": MOST})
    if not found.ok:
        raise Problem(404 if found.status == 422 else found.status, "There is no such page.")
    counts = None
    if reader.roles & OPERATORS:
        ids = [one["id"] for one in found.body["data"]]
        async with transaction(context.engine) as conn:
            now, idle = context.clock.now(), context.settings.console_idle_hours
            counts = await sessions.counts(conn, ids, now, idle)
    view = views.view(wanted, found.body, counts)
    view["tabs"] = operations.tabs(reader.roles, "people")
    return render.page(request, reader, "operations_people", view)
