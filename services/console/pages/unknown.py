"""`/console/…` for which there is no page."""

from fastapi.responses import Response

from services.console.routing import page_router
from shared.web import Problem

routes = page_router()


@routes.get("/{rest:path}")
async def nothing(rest: str) -> Response:
    """Public, so that an address that never was does not ask for a log-in."""
    raise Problem(404, "There is nothing at this address.")
