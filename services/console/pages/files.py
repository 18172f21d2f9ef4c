"""`/console/static/…`: styles, scripts and icons."""

from fastapi.responses import Response

from services.console.assets import served
from services.console.headers import BASE, FOREVER
from services.console.routing import page_router
from shared.web import Problem

routes = page_router()


@routes.get("/static/{name}")
async def static_file(name: str) -> Response:
    """Public: it holds nobody's data."""
    asset = served().get(f"{BASE}/static/{name}")
    if asset is None:
        raise Problem(404, "There is nothing at this address.")
    return Response(asset.content, media_type=asset.media_type, headers=FOREVER)
