"""`/console/opportunities/{id}`: where it stands, and what comes next."""

from fastapi import Request
from fastapi.responses import Response

from services.console import deal_pages, deal_tabs, render
from services.console.addresses import of
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import opportunities_one as views
from shared.web import Problem
from shared.web.dependencies import current_context

routes = page_router()


@routes.get("/opportunities/{id}")
async def opportunity(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, id, reader, ask)


@routes.post("/opportunities/{id}")
async def act(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    body = views.entry(form)
    if body is None:
        raise Problem(404, "There is nothing at this address.")
    done = await deal_pages.append(ask, id, body, form)
    if done.ok:
        return deal_pages.done(form, of("opportunities", id), views.SAID[body["type"]])
    return await _shown(request, id, reader, ask, done, form)


async def _shown(
    request: Request,
    id: str,
    reader: Reader,
    ask: Asker,
    refused: Answered | None = None,
    form: Fields | None = None,
) -> Response:
    deal = await deal_pages.read(ask, id)
    now = current_context(request).clock.now()
    typed = Typed.of(form.values if form else None)
    stale = refused is not None and refused.status == 412
    appended = deal_pages.since(deal.entries, form) if stale else []
    view = {
        **views.frame(deal.found, "overview", deal.name, now),
        **views.view(deal.found, deal.entries, typed, appended),
        "people": deal.people,
    }
    return render.page(
        request,
        reader,
        "opportunities_one",
        view,
        status=200 if refused is None else refused.status,
        troubles=deal_tabs.troubles(refused),
    )
