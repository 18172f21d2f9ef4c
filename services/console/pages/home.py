"""`/console`: leads to the page that its reader begins with."""

from fastapi.responses import RedirectResponse, Response

from services.console import words
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views.home import first_page

routes = page_router()


@routes.get("")
async def home(reader: SignedIn) -> Response:
    return RedirectResponse(first_page(reader.roles, reader.start_page, words.pages()), 303)
