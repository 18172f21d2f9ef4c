"""`/console/accounts`: all accounts, filtered and sorted; lists that people saved."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import downloads, render
from services.console.addresses import address, with_said
from services.console.ask import Asker, CurrentAsker
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.names import persons
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.tables import saved_views
from services.console.tables.saved_views import SavedView
from services.console.views import accounts as views
from services.console.views import search
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.web import CurrentContext

routes = page_router()


@routes.get("/accounts")
async def accounts(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext
) -> Response:
    asked = views.wanted(request.query_params)
    if request.query_params.get("format") == "csv":
        return await downloads.csv(ask, "/v1/accounts", _query(asked, reader), "accounts")
    listed = Listed(asked, request.query_params.get("cursor", ""))
    return await _shown(request, reader, ask, context, listed)


@routes.post("/accounts/views")
async def save_view(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext, form: Form
) -> Response:
    """What the address in the form lists, under a name. Under one that is there it is replaced."""
    saved = views.view_address(form.get("view"))
    try:
        name, fault = views.view_name(form.get("name")), ""
    except ValueError as refused:
        name, fault = form.get("name"), str(refused)
    if not fault:
        async with transaction(context.engine) as conn:
            one = SavedView(name, saved)
            if await saved_views.put(conn, reader.person_id, one, views.MOST_VIEWS):
                return RedirectResponse(with_said(saved, "view_saved"), 303)
        fault = "too_many_views"
    listed = Listed(views.wanted(views.query_of(saved)), name=name, fault=fault)
    return await _shown(request, reader, ask, context, listed)


@routes.post("/accounts/views/remove")
async def remove_view(reader: SignedIn, context: CurrentContext, form: Form) -> Response:
    async with transaction(context.engine) as conn:
        await saved_views.delete(conn, reader.person_id, form.get("name"))
    return RedirectResponse(with_said(views.view_address(form.get("view")), "view_removed"), 303)


@dataclass(frozen=True, slots=True)
class Listed:
    """`name`: for a list that could not be saved, and `fault`, why."""

    asked: Typed
    cursor: str = ""
    name: str = ""
    fault: str = ""


def _query(asked: Typed, reader: Reader) -> dict[str, str | None]:
    return {**asked, "csm": reader.person_id if asked.get("csm") == "me" else asked.get("csm")}


async def _shown(
    request: Request, reader: Reader, ask: Asker, context: Context, listed: Listed
) -> Response:
    query = {**_query(listed.asked, reader), "cursor": listed.cursor}
    parts = await ask.parts(
        accounts=ask.get("/v1/accounts", query),
        people=ask.people(),
        catalog=ask.catalog(),
    )
    async with transaction(context.engine) as conn:
        saved = await saved_views.of_person(conn, reader.person_id)
    found = parts["accounts"].answered
    view: dict[str, Any] = {
        "asked": listed.asked,
        "people": persons(parts["people"].ready),
        "plans": [one["id"] for one in (parts["catalog"].ready or {}).get("plans", ())],
        "away": found is None or found.status >= 500,
        "targets": address(views.PATH, views.TARGETS),
        "saved": saved,
        "view_name": listed.name,
        "here": address(views.PATH, listed.asked),
    }
    troubles = [Trouble("name", listed.fault)] if listed.fault else []
    if found is not None and not view["away"]:
        if not found.ok:  # a filter that nobody offers: the list without it, and why
            troubles += render.troubles_of(found.faults)
            plain = await ask.get("/v1/accounts")
            view |= views.view(views.wanted({}), plain.body, "")
        else:
            view |= views.view(listed.asked, found.body, listed.cursor)
            view["nearby"] = await _nearby(ask, listed.asked, found.body)
    status = 422 if troubles else 200
    return render.page(request, reader, "accounts", view, status=status, troubles=troubles)


async def _nearby(ask: Asker, asked: Typed, answer: Any) -> list[dict[str, Any]]:
    """Other spellings of a name that nothing is called; none while the search is away."""
    if answer["data"] or not asked.get("q"):
        return []
    return search.near(
        (await ask.parts(near=ask.get("/v1/search", {"q": asked["q"]})))["near"].ready
    )
