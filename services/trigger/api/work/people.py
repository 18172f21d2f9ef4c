"""Our people over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field
from typing_extensions import TypedDict

from services.trigger.api.accounts import Email, LocaleTag, Money, Name, TimeZone
from services.trigger.api.common import CurrentWatch, deciding, example_of, shows
from services.trigger.opportunities import staff_changes
from services.trigger.opportunities.logs import Logs
from services.trigger.process.deals.shapes import WorkerShown
from services.trigger.process.people import Person
from services.trigger.tables.process import persons as person_rows
from shared.audit import trail
from shared.audit.trail import Done
from shared.postgres.database import transaction
from shared.security.rights import ROLES, Role
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Identifier,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    require,
    router,
)
from shared.web.models import parse_moment
from shared.web.revisions import MatchHeader, check_match, tag_of

routes = router(tags=["people"])


class WorkerBody(Body):
    """`roles`: what they may do; none: only read. `close_authority`: the largest yearly deal they
    may close. `manager`: who has what is theirs once they are not active.
    """

    name: Name
    email: Email | None = None
    roles: Annotated[list[Role], Field(max_length=6)]
    manager: Identifier | None = None
    active: bool = True
    locale: LocaleTag = "en"
    time_zone: TimeZone = "UTC"
    sales_trained: bool = True
    close_authority: Money | None = None

    def person(self, id: str) -> Person:
        return Person(
            id,
            self.name,
            self.email,
            frozenset(self.roles),
            self.manager,
            self.active,
            self.locale,
            self.time_zone,
            self.sales_trained,
            self.close_authority,
        )


class Workers(TypedDict):
    """A page of persons."""

    data: list[WorkerShown]
    next_cursor: str | None


_PERSON: dict[str, Any] = {
    "id": "u7",
    "name": "Kato",
    "email": "kato@example.com",
    "roles": ["csm"],
    "manager": "m1",
    "active": True,
    "locale": "ja-JP",
    "time_zone": "Asia/Tokyo",
    "sales_trained": True,
    "close_authority": "50000.00",
}


@routes.put(
    "/v1/people/{id}",
    summary="Create or replace a person",
    openapi_extra=example_of({name: value for name, value in _PERSON.items() if name != "id"}),
    responses=shows(_PERSON) | shows(_PERSON, 201, "Created", WorkerShown),
    dependencies=[Depends(require("accounts:write"))],
)
async def put_person(
    id: PathIdentifier,
    body: WorkerBody,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    match: MatchHeader = None,
) -> Answer[WorkerShown]:
    """One of our own people. `"active": false` ends it: what is theirs, now and later, is their
    manager's. Accounts that name this person take what they leave out from here. With `If-Match` it
    is 412 if the person has changed since that `ETag`.
    """
    asked = body.person(id)
    async with deciding(context) as (conn, outcome):
        logs = Logs(watch.judgement.loader)
        await person_rows.lock(conn)
        before = await person_rows.find(conn, id)
        found = await staff_changes.put(conn, logs, asked, context.clock.now())
        if isinstance(found, tuple):
            raise invalid(*found)
        check_match(match, None if before is None else _tag(before))
        outcome.add(found.outcome)
        await trail.write(conn, author, _done(before, asked, context.clock.now()))
    status = 201 if found.is_new else 200
    return answer(_shown(asked), status, headers={"ETag": _tag(asked)})


def _tag(person: Person) -> str:
    return tag_of(_shown(person))


def _done(before: Person | None, after: Person, now: datetime) -> Done:
    action, old = ("create", None) if before is None else ("change", _shown(before))
    return Done(action, "person", after.id, now, before=old, after=_shown(after))


@routes.get(
    "/v1/people/{id}",
    summary="Get a person",
    responses=shows(_PERSON),
    dependencies=[Depends(require("read"))],
)
async def get_person(id: PathIdentifier, context: CurrentContext) -> Answer[WorkerShown]:
    """As written; also one who is not active any more."""
    async with transaction(context.engine) as conn:
        found = await person_rows.find(conn, id)
    if found is None:
        raise Problem(404, "No person has this id.")
    return answer(_shown(found), headers={"ETag": _tag(found)})


@routes.get(
    "/v1/people",
    summary="List people",
    responses=shows({"data": [_PERSON], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_people(
    page: Paging,
    context: CurrentContext,
    role: Annotated[Role | None, Query(description="Only with this role")] = None,
    active: Annotated[bool | None, Query(description="Only active, or only former ones")] = None,
    email: Annotated[Identifier | None, Query(description="Whose address this is")] = None,
) -> Answer[Workers]:
    """Newest first."""
    after = None if page.after is None else (parse_moment(page.after[0]), str(page.after[1]))
    async with transaction(context.engine) as conn:
        rows = await person_rows.page(
            conn, role=role, active=active, email=email, after=after, limit=page.fetch
        )
    return answer(page.body(rows, _key, lambda row: _shown(row[1])))


def _key(row: tuple[datetime, Person]) -> list[Any]:
    return [row[0].isoformat(), row[1].id]


def _shown(person: Person) -> WorkerShown:
    authority = person.close_authority
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "roles": [role for role in ROLES if role in person.roles],
        "manager": person.manager,
        "active": person.active,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "sales_trained": person.sales_trained,
        "close_authority": None if authority is None else f"{authority:.2f}",
    }
