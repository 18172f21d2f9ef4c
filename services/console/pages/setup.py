"""`/console/setup`: the five first steps, and which are done."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import setup as views

routes = page_router()


@routes.get("/setup")
async def setup(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    parts = await ask.parts(setup=ask.get("/v1/setup", {"lang": reader.language}))
    return render.page(request, reader, "setup", views.view(parts["setup"].ready))
