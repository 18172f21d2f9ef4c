"""`/console/tasks/{id}`: one task, and what is done with it."""

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import deal_pages, render, words
from services.console.addresses import is_ours, of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.form_values import Typed
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.names import persons
from services.console.routing import page_router
from services.console.views import accounts_one, task_entries
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
    done = await _sent(id, reader, ask, form)
    if done.ok:
        to = form.get("to", "")
        back = to if is_ours(to) else of("tasks", id)
        return RedirectResponse(with_said(back, task_entries.SAID[form.get("act")]), 303)
    return await _shown(request, id, reader, ask, done, form)


async def _sent(id: str, reader: Reader, ask: Asker, form: Fields) -> Answered:
    path, key = f"/v1/tasks/{path_part(id)}", form.get("idempotency_key", "")
    called = task_entries.call(form)
    if called is not None:
        task = await ask.get(path)
        deal = (task.body or {}).get("opportunity") if task.ok else None
        if deal:
            return await ask.send(
                "POST", f"/v1/opportunities/{path_part(deal)}/entries", called, key=key
            )
        word = words.speaker("tasks_one", reader.language, reader.time_zone)("call")
        body: dict[str, Any] | None = task_entries.noted_call(called, word)
    else:
        body = task_entries.entry(form)
    if body is None:
        raise Problem(404, "There is nothing at this address.")
    revision = form.get("revision", "")
    return await ask.send("POST", f"{path}/entries", body, key=key, revision=revision)


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
        told=ask.get(path),
        entries=ask.get(f"{path}/entries", {"limit": _FEW}),
        following=ask.get(
            "/v1/tasks", {"owner": reader.person_id, "open": True, "sort": "due", "limit": 2}
        ),
        people=ask.people(),
    )
    found = parts["task"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No such task.")
    entries, told = _data(parts["entries"].body), parts["told"].ready or {"lines": {}}
    appended = deal_pages.since(entries, typed) if refused and refused.status == 412 else []
    kept, say = Typed.of(typed.values if typed else None), told["lines"].get("say", "")
    view = views.view(found.body, entries, parts["following"].body, kept, appended, say)
    view["account"] = await _account(ask, found.body["account"])
    view["people"] = persons(parts["people"].ready)
    return render.page(
        request,
        reader,
        "tasks_one",
        view,
        status=200 if refused is None else refused.status,
        troubles=() if refused is None else render.refusal(refused.status, refused.faults),
    )


async def _account(ask: Asker, id: str) -> dict[str, Any] | None:
    """What the account is like, in one line; None: it is away."""
    found = (await ask.parts(account=ask.get(f"/v1/accounts/{path_part(id)}")))["account"].ready
    return None if found is None else accounts_one.header(found)


def _data(body: Any) -> list[Any] | None:
    return None if body is None or "data" not in body else body["data"]
