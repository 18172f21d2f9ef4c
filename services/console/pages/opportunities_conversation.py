"""`/console/opportunities/{id}/conversation`: the eight steps."""

from fastapi import Request
from fastapi.responses import Response

from services.console import deal_pages, facts
from services.console.addresses import of, path_part
from services.console.ask import Asker, CurrentAsker
from services.console.deal_tabs import Tab
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import facts as fact_views
from services.console.views import opportunities_conversation as views
from shared.web import Problem
from shared.web.dependencies import current_context

routes = page_router()


@routes.get("/opportunities/{id}/conversation")
async def conversation(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _tab(request, id, reader, ask).shown()


@routes.post("/opportunities/{id}/conversation")
async def note_conversation(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    tab = _tab(request, id, reader, ask)
    if form.get("act") == "fact":
        return await _record(tab, form)
    return await tab.append(views.entry(form), form)


async def _record(tab: Tab, form: Form) -> Response:
    """A fact of the account, which answers a criterion."""
    data = fact_views.told(form)
    if data is None:
        raise Problem(404, "There is nothing at this address.")
    deal = await tab.ask.get(f"/v1/opportunities/{path_part(tab.id)}")
    if not deal.ok:
        raise Problem(deal.status, "No such opportunity.")
    account, now = deal.body["account"], current_context(tab.request).clock.now()
    event = fact_views.event(form, account, data, now)
    answered = await facts.send(tab.ask, event)
    if not answered.ok:
        return await tab.shown(answered, form)
    counted = await facts.has_counted(tab.ask, account, event["id"])
    said = "fact_sent" if counted else "fact_on_its_way"
    return deal_pages.done(form, of("opportunities", tab.id, tab.name), said)


def _tab(request: Request, id: str, reader: Reader, ask: Asker) -> Tab:
    return Tab(request, id, reader, ask, "conversation", lambda asked: views.view(asked.deal.found))
