"""`/console/static/…`: styles, scripts and icons."""

from fastapi import Request
from fastapi.responses import Response

from services.console.assets import served
from services.console.compression import takes_gzip
from services.console.headers import BASE, FOREVER
from services.console.routing import page_router
from shared.web import Problem

routes = page_router()


@routes.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    """Packed once, when the process starts: it is public and the same for everybody."""
    asset = served().get(f"{BASE}/static/{name}")
    if asset is None:
        raise Problem(404, "There is nothing at this address.")
    headers = {**FOREVER, "Vary": "Accept-Encoding"}
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(asset.content, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.packed, media_type=asset.media_type, headers=headers)
