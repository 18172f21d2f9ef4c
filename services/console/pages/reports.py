"""`/console/reports`: revenue and guardrails side by side, and the way to every report."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import reports as views
from services.console.views import reports_one

routes = page_router()
SECONDS = 5.0


@routes.get("/reports")
async def reports(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    wish = reports_one.wanted(request.query_params)
    query = reports_one.asked("balance", wish, reader.language, reader.time_zone)
    part = (await ask.parts(balance=ask.get("/v1/reports/balance", query, seconds=SECONDS)))[
        "balance"
    ]
    refused = part.answered if part.answered and part.answered.status == 422 else None
    view = views.view(part.ready if refused is None else {}, wish)
    troubles = render.troubles_of(refused.faults) if refused else ()
    status = 422 if refused else 200
    return render.page(request, reader, "reports", view, status=status, troubles=troubles)
