"""`/console/accounts/{id}/edit`: an account's record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.console import render
from services.console.addresses import of, path_part, with_said
from services.console.ask import Answered, Asker, CurrentAsker
from services.console.login.csrf import Form
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.render import Trouble
from services.console.routing import page_router
from services.console.views import account_record as records
from services.console.views import accounts_edit as views
from services.console.views.accounts_edit import Filled
from shared.web import Problem

routes = page_router()
_MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """The account as it is now, its revision, and our people."""

    account: dict[str, Any]
    revision: str
    people: Sequence[dict[str, Any]]

    @property
    def record(self) -> dict[str, Any]:
        return records.record(self.account, {one["id"]: one for one in self.people})


@routes.get("/accounts/{id}/edit")
async def record(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    known = await _known(ask, id)
    return _page(request, reader, known, Filled(known.record, known.revision))


@routes.post("/accounts/{id}/edit")
async def change(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """412: what only one side changed is merged, and it asks once more."""
    known = await _known(ask, id)
    was = records.before(form.get("before"))
    body = records.body(form, was)
    kept = {} if "contacts" in body else {"contacts": known.account["contacts"]}
    done = await ask.send("PUT", _record(id), body | kept, revision=form.get("revision"))
    if done.ok:
        return RedirectResponse(with_said(of("accounts", id), "saved"), 303)
    filled = _stale(known, form, body) if done.status == 412 else _refused(form, was, body)
    return _page(request, reader, known, filled, done)


def _refused(form: Fields, was: records.Record, body: records.Record) -> Filled:
    """As it was sent: what it was filled from has not become newer."""
    return Filled(was, form.get("revision"), body, records.removed(form))


def _stale(known: Known, form: Fields, body: records.Record) -> Filled:
    theirs = known.record
    merged = records.merge(records.before(form.get("before")), body, theirs)
    return Filled(theirs, known.revision, merged.record, conflicts=merged.conflicts)


def _record(id: str) -> str:
    return f"/v1/accounts/{path_part(id)}"


async def _known(ask: Asker, id: str) -> Known:
    """Raises Problem if there is no such account."""
    parts = await ask.parts(
        account=ask.get(_record(id)), people=ask.get("/v1/people", {"limit": _MOST_PEOPLE})
    )
    found = parts["account"].answered
    if found is None or not found.ok:
        raise Problem(503 if found is None else found.status, "No account has this id.")
    people = parts["people"].ready or {"data": ()}
    return Known(found.body, found.headers.get("etag", "").strip('"'), people["data"])


def _page(
    request: Request,
    reader: Reader,
    known: Known,
    filled: Filled,
    refused: Answered | None = None,
) -> Response:
    edits = reader.may("accounts:write") or refused is not None
    return render.page(
        request,
        reader,
        "accounts_edit",
        views.view(known.account, filled, known.people, edits=edits),
        status=200 if refused is None else refused.status,
        troubles=[] if refused is None else _troubles(refused),
    )


def _troubles(refused: Answered) -> list[Trouble]:
    faults = render.refusal(refused.status, refused.faults)
    return [Trouble(_FIELD_OF.get(one.field, one.field), one.reason) for one in faults]


_FIELD_OF = {"csm": "csm.id", "csm.name": "csm.id", "ae": "ae.id", "ae.name": "ae.id"}
