"""`/console/opportunities/{id}/objections`: what speaks against it, and the answers."""

from fastapi import Request
from fastapi.responses import Response

from services.console.ask import Asker, CurrentAsker
from services.console.deal_tabs import Tab
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import opportunities_objections as views

routes = page_router()


@routes.get("/opportunities/{id}/objections")
async def objections(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _tab(request, id, reader, ask).shown()


@routes.post("/opportunities/{id}/objections")
async def note_objection(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    return await _tab(request, id, reader, ask).append(views.entry(form), form)


def _tab(request: Request, id: str, reader: Reader, ask: Asker) -> Tab:
    return Tab(request, id, reader, ask, "objections", lambda asked: views.view(asked.deal.found))
