"""`/console/operations/deliveries`: messages on their way, and those that were given up."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import address, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations
from services.console.views import operations_deliveries as views
from shared.web import Problem

routes = page_router()
_RECOVER = "/v1/deliveries:recover"
_MOST = 50
_SECONDS = 30.0


@routes.get("/operations/deliveries")
async def deliveries(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    since = views.moment(request.query_params.get("since", ""), reader.time_zone)
    counted = None
    if since and reader.roles & operations.OPERATORS:
        parts = await ask.parts(
            counted=ask.send("POST", _RECOVER, {"since": since}, query={"dry_run": True})
        )
        counted = parts["counted"].answered
    return await _shown(request, reader, ask, counted, since)


@routes.post("/operations/deliveries")
async def recover(request: Request, reader: SignedIn, ask: CurrentAsker, form: Form) -> Response:
    """Retries what was given up since then; a second time finds nothing."""
    since = views.moment(form.get("since"), reader.time_zone)
    key = form.get("idempotency_key")
    done = await ask.send("POST", _RECOVER, {"since": since}, key=key, seconds=_SECONDS)
    if not done.ok:
        return await _shown(request, reader, ask, done, since)
    told = address(views.PATH, recovered=str(done.body["recovered"]))
    return RedirectResponse(with_said(told, "recovered"), 303)


async def _shown(
    request: Request, reader: Reader, ask: Asker, done: Answered | None, since: str
) -> Response:
    """`done`: what was said of a recovery, or of the count before it."""
    query = request.query_params
    asked = views.wanted(query)
    parts = await ask.parts(
        found=ask.get(
            "/v1/deliveries",
            {**asked, "cursor": query.get("cursor"), "limit": _MOST, "total": True},
        ),
        channels=ask.get("/v1/channels"),
    )
    found = parts["found"].answered
    if found is not None and parts["found"].state == "ready" and not found.ok:
        raise Problem(404, "There is no such page.")
    view = views.view(
        asked,
        parts["found"].ready,
        parts["channels"].ready,
        operates=bool(reader.roles & operations.OPERATORS),
        since=since,
        recoverable=done.body["recovered"] if done and done.ok else None,
        recovered=query.get("recovered", ""),
    )
    view["tabs"] = operations.tabs(reader.roles, "deliveries")
    refused = done if done is not None and not done.ok else None
    return render.page(
        request,
        reader,
        "operations_deliveries",
        view,
        status=refused.status if refused else 200,
        troubles=render.troubles_of(refused.faults) if refused else (),
    )
