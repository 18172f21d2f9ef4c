"""`/console/tasks/{id}`: one task, and what is done with it."""

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import deal_pages, render
from services.console.addresses import is_ours, of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import task_entries
from services.console.views import tasks_one as views
from shared.web import Problem

routes = page_router()
_FEW = 20


@routes.get("/tasks/{id}")
async def task(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    return await _shown(request, id, reader, ask)


@routes.post("/tasks/{id}")
async def act(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    body = task_entries.entry(form)
    if body is None:
        raise Problem(404, "There is nothing at this address.")
    done = await ask.send(
        "POST",
        f"/v1/tasks/{path_part(id)}/entries",
        body,
        key=form.get("idempotency_key", ""),
        revision=form.get("revision", ""),
    )
    if done.ok:
        to = form.get("to", "")
        back = to if is_ours(to) else of("tasks", id)
        return RedirectResponse(with_said(back, task_entries.SAID[form.get("act")]), 303)
    return await _shown(request, id, reader, ask, done, form)


async def _shown(
    request: Request,
    id: str,
    reader: Reader,
    ask: Asker,
    refused: Answered | None = None,
    typed: Fields | None = None,
) -> Response:
    path = f"/v1/tasks/{path_part(id)}"
    parts = await ask.parts(
        task=ask.get(path, {"lang": reader.language, "names": True}),
        entries=ask.get(f"{path}/entries", {"limit": _FEW}),
        following=ask.get(
            "/v1/tasks", {"owner": reader.person_id, "open": True, "sort": "due", "limit": 2}
        ),
        people=ask.get("/v1/people"),
    )
    found = parts["task"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No such task.")
    entries = _data(parts["entries"].body)
    appended = deal_pages.since(entries, typed) if refused and refused.status == 412 else []
    view = views.view(
        found.body,
        entries,
        parts["following"].body,
        Typed.of(typed.values if typed else None),
        appended,
    )
    view["people"] = [(one["id"], one["name"]) for one in _data(parts["people"].body) or []]
    return render.page(
        request,
        reader,
        "tasks_one",
        view,
        status=200 if refused is None else refused.status,
        troubles=() if refused is None else render.refusal(refused.status, refused.faults),
    )


def _data(body: Any) -> list[Any] | None:
    return None if body is None or "data" not in body else body["data"]
