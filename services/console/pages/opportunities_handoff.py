"""`/console/opportunities/{id}/handoff`: Sales are asked, and what they get to know."""

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
from services.console.views import opportunities_handoff as views
from services.console.views import opportunities_one as deals
from shared.web import Problem
from shared.web.dependencies import current_context

routes = page_router()


@routes.get("/opportunities/{id}/handoff")
async def handoff(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await shown(request, id, reader, ask)


@routes.post("/opportunities/{id}/handoff")
async def act(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """Also of the inbox of Sales, whose page the form names."""
    body = views.entry(form)
    if body is None:
        raise Problem(404, "There is nothing at this address.")
    done = await deal_pages.append(ask, id, body, form)
    if done.ok:
        page = of("opportunities", id, "handoff")
        return deal_pages.done(form, page, views.SAID[body["action"]])
    return await shown(request, id, reader, ask, done, form)


async def shown(
    request: Request,
    id: str,
    reader: Reader,
    ask: Asker,
    refused: Answered | None = None,
    form: Fields | None = None,
    name: str = "opportunities_handoff",
) -> Response:
    """`name`: of the page; the inbox shows the same as `handoffs_one`."""
    deal = await deal_pages.read(ask, id)
    now = current_context(request).clock.now()
    stale = refused is not None and refused.status == 412
    appended = deal_pages.since(deal.entries, form) if stale else []
    view = {
        **deals.frame(deal.found, "handoff", deal.name, now),
        **views.view(
            deal.found,
            Typed.of(form.values if form else None),
            reader.person_id,
            reader.roles,
        ),
        "appended": [deals.shown(one) for one in appended],
        "people": deal.sellers,
        "action": of("opportunities", id, "handoff"),
        "self": of("handoffs", id)
        if name == "handoffs_one"
        else of("opportunities", id, "handoff"),
    }
    status = 200 if refused is None else refused.status
    troubles = deal_tabs.troubles(refused)
    return render.page(request, reader, name, view, status=status, troubles=troubles)
