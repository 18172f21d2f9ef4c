"""`/console/static/…`: styles, scripts and icons."""

from fastapi import Request
from fastapi.responses import Response

from services.console.assets import served
from services.console.headers import BASE, FOREVER
from services.console.routing import page_router
from shared.web import Problem

routes = page_router()


@routes.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    """Public: it holds nobody's data, so that it may be sent packed. Pages are not: the length of
    what is packed would tell of the secrets in them.
    """
    asset = served().get(f"{BASE}/static/{name}")
    if asset is None:
        raise Problem(404, "There is nothing at this address.")
    headers = {**FOREVER, "Vary": "Accept-Encoding"}
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(asset.content, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.packed, media_type=asset.media_type, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """`gzip;q=0` refuses it."""
    for one in accepted.lower().split(","):
        name, _, quality = one.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
