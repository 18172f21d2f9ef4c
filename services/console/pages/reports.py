"""`/console/reports`: revenue and guardrails side by side, and the way to every report."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import Asker, CurrentAsker, Part
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import reports as views

routes = page_router()
SECONDS = 10.0
_LATER = Part("", "loading")


@routes.get("/reports")
async def reports(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    wish = views.wanted(request.query_params)
    parts = await _asked(request, reader, ask, wish)
    catalog = parts.pop("catalog").ready or {}
    answers = [one.answered for one in parts.values() if one.answered]
    refused = next((one for one in answers if one.status == 422), None)
    look = render.look_of(request, reader)
    view = views.view(
        {name: (one.state, one.ready) for name, one in parts.items()},
        [one["id"] for one in catalog.get("plans", ())],
        wish,
        render.vocabulary_of("reports", look),
        look.locale,
    )
    troubles = render.troubles_of(refused.faults) if refused else ()
    status = 422 if refused else 200
    return render.page(request, reader, "reports", view, status=status, troubles=troubles)


async def _asked(request: Request, reader: SignedIn, ask: Asker, wish: Any) -> dict[str, Part]:
    """All of them, as far as they are there at once; or, later, the one that is asked for."""

    def asking(name: str) -> Any:
        query = views.asked(name, wish, reader.language, reader.time_zone)
        return ask.get(f"/v1/reports/{name}", query, seconds=SECONDS)

    only = request.query_params.get("part", "")
    if only in views.PARTS:
        found = await ask.parts(**{only: asking(only)})
        return {name: found.get(name, _LATER) for name in (*views.PARTS, "catalog")}
    asked = {name: asking(name) for name in views.PARTS}
    return await ask.soon(catalog=ask.catalog(), **asked)
