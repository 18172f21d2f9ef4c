"""`/console/handoffs/{id}`: a hand-off as Sales get it; `id` is the opportunity's."""

from fastapi import Request
from fastapi.responses import Response

from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.pages import opportunities_handoff
from services.console.routing import page_router

routes = page_router()


@routes.get("/handoffs/{id}")
async def handoff(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await opportunities_handoff.shown(request, id, reader, ask, name="handoffs_one")
