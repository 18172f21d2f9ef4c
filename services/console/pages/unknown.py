"""`/console/…` for which there is no page."""

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import Match

from services.console.routing import page_router
from shared.web import Problem

routes = page_router()


@routes.get("/{rest:path}")
async def nothing(request: Request, rest: str) -> Response:
    """Public, so that an address that never was does not ask for a log-in. 405 where there is only
    something to be sent to.
    """
    sent = {**request.scope, "method": "POST"}
    if any(route.matches(sent)[0] is Match.FULL for route in request.app.router.routes):
        raise Problem(405, "Nothing is shown at this address.", headers={"Allow": "POST"})
    raise Problem(404, "There is nothing at this address.")
