"""`/console/opportunities/{id}/trial`: what may be tried, for how long, and what came of it."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console.ask import Asker, CurrentAsker
from services.console.deal_tabs import Asked, Tab
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import opportunities_trial as views
from shared.web import CurrentContext

routes = page_router()


@routes.get("/opportunities/{id}/trial")
async def trial(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _tab(request, id, reader, ask).shown()


@routes.post("/opportunities/{id}/trial")
async def note_trial(
    request: Request,
    id: str,
    reader: SignedIn,
    ask: CurrentAsker,
    form: Form,
    context: CurrentContext,
) -> Response:
    meters = views.meters_of(tuple(form.values))
    entry = views.entry(form, meters, context.clock.now(), reader.time_zone)
    return await _tab(request, id, reader, ask, form).append(entry, form)


def _tab(request: Request, id: str, reader: Reader, ask: Asker, form: Fields | None = None) -> Tab:
    chosen = tuple(form.all("features")) if form else ()

    def view(asked: Asked) -> dict[str, Any]:
        return views.view(asked.deal.found, asked.things, asked.typed, chosen)

    return Tab(request, id, reader, ask, "trial", view)
