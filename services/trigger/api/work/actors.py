"""Who acts: a key with the scope `work:write`, for the person that `Plimsoll-Person` names; or who
is signed in.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.opportunities.keys import Key
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.entries import Actor, By, Entry, Kind, Refused
from services.trigger.process.people import NOT_OWNER
from services.trigger.tables import accounts
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process import tasks as task_rows
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.postgres.database import transaction
from shared.security.rights import Principal
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web import Problem, invalid
from shared.web.dependencies import PERSON, Require, current_context, request_id

KEY, MATCH = "Idempotency-Key", "If-Match"
_NOT_YOURS = "This is not yours to write: see errors."
_LONGEST = 256
Exists = Callable[[AsyncConnection, str], Awaitable[bool]]


class Acting(Require):
    """A dependency: who acts. 403 without the scope or a person, 404 where there is nothing to act
    on; both before the body is read.
    """

    def __init__(self, parameter: str, exists: Exists, missing: str) -> None:
        super().__init__("work:write")
        self._parameter, self._exists, self._missing = parameter, exists, missing

    async def check(self, request: Request) -> Principal:
        principal = await super().check(request)
        if getattr(request.state, "actor", None) is None:
            async with transaction(current_context(request).engine) as conn:
                request.state.actor = await _actor(conn, request, principal)
                if not await self._exists(conn, request.path_params[self._parameter]):
                    raise Problem(404, self._missing)
        return principal


async def _actor(conn: AsyncConnection, request: Request, principal: Principal) -> Actor:
    named = _named(request, principal)
    if named is None:
        if principal.may("admin"):
            return Actor(By("key", principal.name))
        raise _forbidden("no_person")
    person = await person_rows.find(conn, named)
    if person is None:
        raise _forbidden("unknown_person")
    if not person.active:
        raise _forbidden("inactive")
    return Actor(By("person", person.id), person)


def _named(request: Request, principal: Principal) -> str | None:
    """Whom the caller acts for."""
    if principal.kind == "person":
        return principal.name
    return request.headers.get(PERSON)


def _forbidden(code: str) -> Problem:
    return Problem(403, _NOT_YOURS, errors=[Fault(f"header.{PERSON}", code)])


async def _is_opportunity(conn: AsyncConnection, id: str) -> bool:
    return await head_rows.account_of(conn, id) is not None


async def _is_task(conn: AsyncConnection, id: str) -> bool:
    return await task_rows.account_of(conn, id) is not None


async def _is_account(conn: AsyncConnection, id: str) -> bool:
    return await accounts.find(conn, id) is not None


on_opportunity = Acting("id", _is_opportunity, "No opportunity has this id.")
on_task = Acting("id", _is_task, "No task has this id.")
on_account = Acting("account", _is_account, "No account has this id.")


def current_actor(request: Request) -> Actor:
    actor = request.state.actor
    assert isinstance(actor, Actor)
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]


async def audit_entry(
    conn: AsyncConnection, actor: Actor, entry: Entry, of: Kind, id: str, account: str
) -> None:
    """That it was appended; what it says is in the log alone."""
    author = Author(actor.by.kind, actor.by.id, request_id())
    told = {"entry": entry.id, "seq": entry.seq}
    await trail.write(conn, author, Done(entry.type, of, id, entry.at, account, after=told))


async def audit_begun(
    conn: AsyncConnection, actor: Actor, of: Kind, id: str, account: str, now: datetime
) -> None:
    author = Author(actor.by.kind, actor.by.id, request_id())
    await trail.write(conn, author, Done("create", of, id, now, account))


PersonHeader = Annotated[
    str | None, Header(alias=PERSON, description="The person that the key acts for")
]


def _me(request: Request, person: PersonHeader = None) -> str | None:
    principal = request.state.principal
    assert isinstance(principal, Principal)
    return _named(request, principal)


Me = Annotated[str | None, Depends(_me)]
"""Whom `owner=me` means; None: nobody is named."""
KeyHeader = Annotated[
    str | None,
    Header(alias=KEY, description="The same key and body give the first answer again"),
]
MatchHeader = Annotated[
    str | None, Header(alias=MATCH, description='`"REVISION"`: 412 if there is a newer one')
]


def key_of(header: str | None, body: Body) -> Key | None:
    if header is None:
        return None
    if not (1 <= len(header) <= _LONGEST and header.isprintable()):
        raise invalid(Fault(f"header.{KEY}", "must have 1 to 256 printable characters"))
    told: Any = body.model_dump(mode="json", exclude_unset=True)
    return Key(header, hashlib.sha256(dumps(told)).digest())


def revision_of(header: str | None) -> int | None:
    """None: any, also for `*`. What cannot be a revision is never the newest."""
    if header is None or header.strip() == "*":
        return None
    text = header.strip().removeprefix("W/").strip('"')
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def tag(revision: int) -> dict[str, str]:
    return {"ETag": f'"{revision}"'}


def problem_of(refused: Refused, owner: Owner | None = None) -> Problem:
    """`owner`: whose the log is; who may not write there is told whom to ask."""
    detail = _DETAILS[refused.status]
    if owner is not None and owner.id and refused.faults[0].reason == NOT_OWNER:
        detail = f"This is {owner.name or owner.id}'s ({owner.id}), not yours to write: see errors."
    return Problem(refused.status, detail, errors=refused.faults)


_DETAILS = {
    403: _NOT_YOURS,
    409: "This is not possible now: see errors.",
    412: "There is a newer revision.",
    422: "The request is not valid: see errors.",
}
