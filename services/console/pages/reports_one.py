"""`/console/reports/{name}`: one report."""

from fastapi import Request
from fastapi.responses import Response

from services.console import downloads, render, words
from services.console.addresses import path_part
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import reports_one as views
from shared.web import Problem

routes = page_router()
SECONDS = 5.0


@routes.get("/reports/{name}")
async def report(request: Request, name: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    if name not in views.NAMES:
        raise Problem(404, "There is no report of this name.")
    wish = views.wanted(request.query_params)
    query = views.asked(name, wish, reader.language, reader.time_zone)
    path = f"/v1/reports/{path_part(name)}"
    if request.query_params.get("format") == "csv":
        return await downloads.csv(ask, path, query, name)
    part = (await ask.parts(report=ask.get(path, query, seconds=SECONDS)))["report"]
    look = render.look_of(request, reader)
    say = words.speaker("reports_one", look.locale, look.time_zone)
    found, refused = part.ready, None
    if part.answered is not None and part.answered.status == 422:
        refused = part.answered
    view = views.view(name, found or {}, wish, say) | {"away": found is None and refused is None}
    troubles = render.troubles_of(refused.faults) if refused else ()
    status = 422 if refused else 200
    return render.page(request, reader, "reports_one", view, status=status, troubles=troubles)
