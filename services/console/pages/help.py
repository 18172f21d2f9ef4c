"""`/console/help`: keys and words."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views.help import KEYS, WORDS

routes = page_router()


@routes.get("/help")
async def help_page(request: Request, reader: SignedIn) -> Response:
    return render.page(request, reader, "help", {"keys": KEYS, "words": WORDS})
