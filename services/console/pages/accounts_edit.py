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
_TRIES = 3
"""So often somebody else may be first again, before it is asked."""


@dataclass(frozen=True, slots=True)
class Known:
    """The account as it is now, its revision, and our people."""

    account: dict[str, Any]
    revision: str
    people: Sequence[dict[str, Any]]

    @property
    def record(self) -> dict[str, Any]:
        return records.record(self.account, {one["id"]: one for one in self.people})


@dataclass(frozen=True, slots=True)
class Sent:
    """`body`: a form's. `was`: the record of `revision`, which it was filled with."""

    was: records.Record
    revision: str
    body: dict[str, Any]


@routes.get("/accounts/{id}/edit")
async def record(request: Request, id: str, reader: SignedIn, ask: CurrentAsker) -> Response:
    known = await _known(ask, id)
    return _page(request, reader, known, Filled(known.record, known.revision))


@routes.post("/accounts/{id}/edit")
async def change(
    request: Request, id: str, reader: SignedIn, ask: CurrentAsker, form: Form
) -> Response:
    """Where somebody else was first, what only one side changed is merged; it asks once more for
    what both did.
    """
    known, was = await _known(ask, id), records.before(form.get("before"))
    sent = Sent(was, form.get("revision"), records.body(form, was))
    said = "saved"
    for _ in range(_TRIES):
        kept = {} if "contacts" in sent.body else {"contacts": known.account["contacts"]}
        done = await ask.send("PUT", _record(id), sent.body | kept, revision=sent.revision)
        if done.ok:
            return RedirectResponse(with_said(of("accounts", id), said), 303)
        if done.status != 412:
            filled = Filled(sent.was, sent.revision, sent.body, records.removed(form))
            return _page(request, reader, known, filled, done)
        known = await _known(ask, id)
        merged = records.merge(sent.was, sent.body, known.record)
        sent, said = Sent(known.record, known.revision, merged.record), "merged"
        if merged.conflicts:
            break
    filled = Filled(sent.was, sent.revision, sent.body, conflicts=merged.conflicts)
    return _page(request, reader, known, filled, done)


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
