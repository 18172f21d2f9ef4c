"""`/console/today`: what do I do, and in which order?"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render, words
from services.console.addresses import is_ours, path_part, with_said
from services.console.ask import Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.names import persons
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import task_entries
from services.console.views import today as views
from shared.runtime.context import Context
from shared.web import CurrentContext

routes = page_router()
MOST = 50


@routes.get("/today")
async def today(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext
) -> Response:
    return await _shown(request, reader, ask, context)


@routes.post("/today")
async def act(
    request: Request, reader: SignedIn, ask: CurrentAsker, context: CurrentContext, form: Form
) -> Response:
    """The same for every task that was selected, each by itself: what one refuses, the others do
    not wait for.
    """
    body, chosen = task_entries.entry(form), form.all("task")[:MOST]
    if body is None or not chosen:
        return await _shown(request, reader, ask, context, [Trouble("task", "none_chosen")], 422)
    parts = await ask.parts(
        **{
            id: ask.send(
                "POST",
                f"/v1/tasks/{path_part(id)}/entries",
                body,
                key=f"{form.get('idempotency_key')}-{id}",
            )
            for id in chosen
        }
    )
    refused = [one.answered for one in parts.values() if one.answered and not one.answered.ok]
    troubles = [Trouble("", one.reason) for each in refused for one in each.faults]
    troubles += [Trouble("", "away") for part in parts.values() if part.answered is None]
    if troubles:
        status = max((one.status for one in refused), default=503)
        return await _shown(request, reader, ask, context, troubles, status)
    to = form.get("to")
    back = to if is_ours(to) else views.PATH
    return RedirectResponse(with_said(back, task_entries.SAID[form.get("act")]), 303)


async def _shown(
    request: Request,
    reader: Reader,
    ask: Asker,
    context: Context,
    troubles: Sequence[Trouble] = (),
    status: int = 200,
) -> Response:
    asked = views.wanted(request.query_params)
    cursor = request.query_params.get("cursor", "")
    queries = views.asks(asked, reader.person_id, context.clock.now(), reader.time_zone, cursor)
    parts = await ask.parts(
        **{name: ask.get("/v1/tasks", query) for name, query in queries.items()},
        people=ask.people(),
    )
    look = render.look_of(request, reader)
    view: dict[str, Any] = {
        "away": True,
        "asked": asked,
        "people": persons(parts["people"].ready),
        "kinds": _kinds(look),
    }
    if all(parts[name].ready for name in queries):
        found = {name: parts[name].ready for name in queries}
        view |= {"away": False, **views.view(asked, found, reader.person_id)}
        if not view["shown"]:
            now = context.clock.now()
            asks = views.others(asked, reader.person_id, now, reader.time_zone)
            view |= await _others(ask, asks)
    return render.page(request, reader, "today", view, status=status, troubles=troubles)


async def _others(ask: Asker, queries: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """How many there are beside those that the filters leave: what an empty list points to."""
    parts = await ask.parts(**{name: ask.get("/v1/tasks", one) for name, one in queries.items()})
    return {name: int((part.ready or {"total": 0})["total"]) for name, part in parts.items()}


def _kinds(look: render.Look) -> list[tuple[str, str]]:
    """Reasons of tasks, in the reader's words."""
    say = words.speaker("today", look.locale, look.time_zone)
    return [(kind, say(f"task_of.{kind}")) for kind in views.KINDS]
