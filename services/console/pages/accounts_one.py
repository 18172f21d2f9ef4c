"""`/console/accounts/{id}`: one account on one page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import facts, render
from services.console.addresses import address, of, path_part, with_said
from services.console.ask import Asker, CurrentAsker, Part
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.names import capital
from services.console.pages import accounts_usage
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import account_acts, deal_entries
from services.console.views import accounts_one as views
from services.console.views import facts as fact_views
from shared.web import CurrentContext, Problem
from shared.web.dependencies import current_context

routes = page_router()
FEW = 10


@routes.get("/accounts/{id}")
async def account(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, id, reader, ask)


@routes.post("/accounts/{id}")
async def act(
    request: Request,
    id: str,
    reader: SignedIn,
    ask: CurrentAsker,
    context: CurrentContext,
    form: Form,
) -> Response:
    """Begins a task or an opportunity, records a fact, or quotes a change of plan."""
    try:
        asked = account_acts.act(form, id, f"/v1/accounts/{path_part(id)}", context.clock.now())
    except account_acts.Unreadable as fault:
        trouble = Trouble(fault.field, fault.reason)
        return await _shown(request, id, reader, ask, 422, [trouble], form)
    if asked is None:
        raise Problem(404, "There is nothing at this address.")
    headers = {"Content-Type": asked.media_type}
    key = form.get("idempotency_key")
    done = await ask.send("POST", asked.path, asked.body, key=key, headers=headers)
    if done.ok:
        said = account_acts.SAID[form.get("act")]
        if form.get("act") == "fact_form" and not await facts.has_counted(ask, id, key):
            said = "fact_on_its_way"
        quote = done.body["id"] if said in ("quoted", "accepted") else ""
        return RedirectResponse(with_said(address(of("accounts", id), quote=quote), said), 303)
    troubles = render.troubles_of(done.faults)
    return await _shown(request, id, reader, ask, done.status, troubles, form)


async def _shown(
    request: Request,
    id: str,
    reader: Reader,
    ask: Asker,
    status: int = 200,
    troubles: Sequence[Trouble] = (),
    form: Fields | None = None,
) -> Response:
    quote = (form.get("quote") if form else "") or request.query_params.get("quote", "")
    parts = await _asked(ask, id, quote)
    found = parts["account"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No account has this id.")
    look = render.look_of(request, reader)
    ready: dict[str, Any] = {name: part.ready for name, part in parts.items()}
    view = _view(found.body, ready, look, current_context(request).clock.now())
    view["typed"] = Typed.of(form.values if form else None)
    view["fact"] = fact_views.shown(_fact_asked(request, form))
    view["contacts"] = [(one["id"], one["name"]) for one in found.body["contacts"]]
    view["things"] = deal_entries.things(ready["catalog"], look.language)
    view["chart"] = await _chart(ask, id, ready["usage"], look)
    return render.page(request, reader, "accounts_one", view, status=status, troubles=troubles)


def _fact_asked(request: Request, form: Fields | None) -> str:
    """The type of the fact whose form is shown: the refused one's, or that of the address."""
    if form is not None:
        return form.get("type") if form.get("act") == "fact_form" else ""
    return request.query_params.get("fact", "")


def _view(account: Any, ready: dict[str, Any], look: render.Look, now: datetime) -> dict[str, Any]:
    id, zone, language = account["id"], account["time_zone"], look.language
    return {
        **views.header(account),
        "plans": views.plans(account, ready["catalog"]),
        "meters": views.meters(ready["usage"], id, language),
        "filling": views.filling(ready["usage"], ready["catalog"]),
        "money": views.money(account),
        "alerts": views.rows(ready["alerts"]),
        "quote": views.quote(ready.get("quote"), id, now),
        "decision": views.newest_decision(ready["decisions"], look.locale, zone),
        "decisions_away": ready["decisions"] is None,
        "ahead": views.next_threshold(ready["usage"], language),
        "suppressions": views.suppressions(account, look.locale),
        "tasks": views.tasks(ready["tasks"]),
        "opportunities": views.opportunities(ready["opportunities"]),
        "timeline": views.timeline(
            ready["all_alerts"], ready["decisions"], ready["facts"], ready["messages"]
        ),
        "timeline_away": [
            name for name in ("all_alerts", "decisions", "facts", "messages") if ready[name] is None
        ],
    }


async def _chart(ask: Asker, id: str, usage: Any, look: render.Look) -> dict[str, Any] | None:
    """The fullest meter over the last 90 days; None: nothing is used, or it is away."""
    found = views.fullest(usage, id, look.language)
    if found is None:
        return None
    path = f"/v1/accounts/{path_part(id)}/usage/history"
    history = (await ask.parts(history=ask.get(path, {"meter": found["meter"]})))["history"].ready
    if history is None:
        return None
    named = {"label": capital(found["label"]), "now": found}
    csv = address(found["page"], format="csv")
    return {**found, "figure": accounts_usage.figure(history, named, look, csv)}


async def _asked(ask: Asker, id: str, quote: str) -> dict[str, Part]:
    path = f"/v1/accounts/{path_part(id)}"
    of = {"account": id, "limit": FEW}
    more = {"quote": ask.get(f"/v1/quotes/{path_part(quote)}")} if quote else {}
    return await ask.parts(
        **more,
        account=ask.get(path),
        usage=ask.get(f"{path}/usage"),
        catalog=ask.catalog(),
        alerts=ask.get("/v1/alerts", {**of, "state": "open"}),
        all_alerts=ask.get("/v1/alerts", of),
        decisions=ask.get("/v1/decisions", of),
        tasks=ask.get("/v1/tasks", {**of, "open": True, "sort": "due"}),
        opportunities=ask.get("/v1/opportunities", {**of, "open": True}),
        facts=ask.get(f"{path}/facts", {"limit": FEW}),
        messages=ask.get("/v1/notifications", of),
    )
