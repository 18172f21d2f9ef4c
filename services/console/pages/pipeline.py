"""`/console/pipeline`: what is open, as a board by stage or as a table."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import deal_pages, downloads, render
from services.console.addresses import address, with_said
from services.console.ask import Answered, Asker, CurrentAsker, Part
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.names import persons
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import opportunities_one
from services.console.views import pipeline as views
from shared.runtime.context import Context
from shared.values.csv_form import csv_bytes
from shared.web import CurrentContext, Problem

routes = page_router()
OPPORTUNITIES = "/v1/opportunities"


@routes.get("/pipeline")
async def pipeline(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext
) -> Response:
    asked = views.wanted(request.query_params)
    query = views.query(asked, reader.person_id)
    if request.query_params.get("format") == "csv":
        listed = await downloads.rows(ask, OPPORTUNITIES, {**query, "stage": asked["stage"]})
        return downloads.file(csv_bytes(views.file_rows(listed)), "pipeline")
    return await _shown(request, reader, ask, context)


@routes.post("/pipeline")
async def move(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext, form: Form
) -> Response:
    """A card to another stage. Back to the same list, which says what was done, or why not."""
    wish = views.move(form.get("move"))
    if wish is None:
        raise Problem(404, "There is nothing at this address.")
    sent = Fields(
        {
            "idempotency_key": (f"{form.get('idempotency_key')}-{wish.id}",),
            "revision": (wish.revision,),
        }
    )
    done = await deal_pages.append(ask, wish.id, {"type": "move", "to": wish.to}, sent)
    if not done.ok:
        return await _shown(request, reader, ask, context, done)
    here = address(views.PATH, dict(request.query_params))
    return RedirectResponse(with_said(here, opportunities_one.SAID["move"]), 303)


async def _shown(
    request: Request,
    reader: Reader,
    ask: Asker,
    context: Context,
    refused: Answered | None = None,
) -> Response:
    asked = views.wanted(request.query_params)
    query = views.query(asked, reader.person_id)
    parts = await _asked(ask, asked, query, request.query_params.get("cursor", ""))
    troubles = render.refusal(refused.status, refused.faults) if refused else ()
    return render.page(
        request,
        reader,
        "pipeline",
        _view(asked, parts, context.clock.now()),
        status=refused.status if refused else 200,
        troubles=[Trouble("", one.reason) for one in troubles],
    )


async def _asked(
    ask: Asker, asked: Typed, query: Mapping[str, Any], cursor: str
) -> dict[str, Part]:
    """Of a board the stages in which there is anything: that is known from the sums."""
    stage = asked["stage"]
    rows = {**query, "stage": stage, "limit": views.ROWS, "cursor": cursor}
    table = {"table": ask.get(OPPORTUNITIES, rows)} if asked["view"] == "table" else {}
    parts = await ask.parts(
        sums=ask.get(OPPORTUNITIES, {**query, "stage": stage, "limit": 1, "sums": True}),
        people=ask.people(),
        catalog=ask.catalog(),
        **table,
    )
    if table:
        return parts
    cards = {**query, "limit": views.CARDS}
    stages = views.stages_of((parts["sums"].ready or {}).get("sums", ()))
    lists = {name: ask.get(OPPORTUNITIES, {**cards, "stage": name}) for name in stages}
    return parts | await ask.parts(**lists)


def _view(asked: Typed, parts: Mapping[str, Part], now: Any) -> dict[str, Any]:
    catalog = parts["catalog"].ready or {}
    sums = parts["sums"].ready
    view: dict[str, Any] = {
        **views.frame(asked, [] if sums is None else sums["sums"]),
        "people": persons(parts["people"].ready),
        "plans": [one["id"] for one in catalog.get("plans", ())],
        "away": sums is None,
        "columns": [],
        "table": None,
    }
    if sums is None:
        return view
    if asked["view"] == "table":
        found = parts["table"].ready
        return view | {"away": found is None, "table": found and views.table(found, asked, now)}
    lists = {name: parts[name].ready for name in views.stages_of(sums["sums"])}
    if any(one is None for one in lists.values()):
        return view | {"away": True}
    data = {name: one["data"] for name, one in lists.items()}
    return view | {"columns": views.board(data, sums["sums"], asked, now)}
