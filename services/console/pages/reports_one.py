"""`/console/reports/{name}`: one report."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import downloads, render
from services.console.addresses import path_part
from services.console.ask import Asker, CurrentAsker, Part
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import reports_one as views
from services.console.views.report.tables import rows_of
from shared.values.csv_form import csv_bytes
from shared.web import Problem

routes = page_router()
SECONDS = 10.0


@routes.get("/reports/{name}")
async def report(request: Request, name: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    if name not in views.NAMES:
        raise Problem(404, "There is no report of this name.")
    wish = views.wanted(request.query_params)
    start = views.start_of(request.query_params)
    query = views.asked(name, wish, reader.language, reader.time_zone, start)
    path = f"/v1/reports/{path_part(name)}"
    if request.query_params.get("format") == "csv":
        return await _csv(ask, name, path, query)
    asked = {"report": ask.get(path, query, seconds=SECONDS)}
    is_later = "part" in request.query_params
    part = (await (ask.parts(**asked) if is_later else ask.soon(**asked)))["report"]
    refused = part.answered if part.answered and part.answered.status == 422 else None
    view = await _view(request, name, wish, reader, ask, part)
    troubles = render.troubles_of(refused.faults) if refused else ()
    status = 422 if refused else 200
    return render.page(request, reader, "reports_one", view, status=status, troubles=troubles)


async def _view(
    request: Request, name: str, wish: Any, reader: SignedIn, ask: Asker, part: Part
) -> Mapping[str, Any]:
    found = part.ready
    if found is None:
        state = "empty" if part.state == "ready" else part.state
        return views.frame(name, wish) | {"state": state}
    look = render.look_of(request, reader)
    names = render.vocabulary_of("reports_one", look, wish["by"])
    view = views.view(name, found, wish, names, look.locale, views.start_of(request.query_params))
    view["state"] = "empty" if view["empty"] else "ready"
    view["begins"] = views.beginning(name, None, wish)
    if view["empty"] and view["has_period"]:
        query = {"time_zone": reader.time_zone}
        listed = (await ask.parts(listed=ask.get("/v1/reports", query)))["listed"].ready
        view["begins"] = views.beginning(name, listed, wish)
    return view


async def _csv(ask: Asker, name: str, path: str, query: Mapping[str, Any]) -> Response:
    """Of reports that have no such form of their own: the first table of the page."""
    if name not in views.WITHOUT_PERIOD:
        return await downloads.csv(ask, path, query, name)
    found = await ask.get(path, query, seconds=downloads.SECONDS)
    if not found.ok:
        raise Problem(found.status, "There is no such report.")
    return downloads.file(csv_bytes(rows_of(found.body)), name)
