"""`/console/operations`: does it run, and what must be mended?"""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations as views

routes = page_router()
SECONDS = 5.0


@routes.get("/operations")
async def operations(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    query = {"lang": reader.language}
    part = (await ask.parts(found=ask.get("/v1/operations", query, seconds=SECONDS)))["found"]
    view = views.view(part.ready) | {"tabs": views.tabs(reader.roles, "operations")}
    return render.page(request, reader, "operations", view)
