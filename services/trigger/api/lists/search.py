"""`GET /v1/search`: accounts, contacts, opportunities and tasks by name."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from services.trigger.process.tasks import view
from services.trigger.tables.lists import search
from services.trigger.tables.lists.search import Wanted
from services.trigger.tables.process import tasks as task_rows
from shared.postgres.database import transaction
from shared.values.characters import is_storable
from shared.values.faults import Fault
from shared.web import Answer, CurrentContext, answer, invalid, require, router

routes = router(tags=["accounts"])

LONGEST = 100
Searched = Annotated[
    str,
    Query(
        alias="q",
        min_length=1,
        max_length=LONGEST,
        description="Any part of a name, in any width, case or kana",
    ),
]
Lang = Annotated[
    str | None, Query(max_length=35, description="A language tag; else the account's language")
]


class Hit(TypedDict):
    """`title`: of an account and an opportunity the account's name, of a contact theirs, of a task
    what it says. `detail`: of an account its plan, of an opportunity what is offered, of a contact
    and a task the account's name.
    """

    kind: Literal["account", "contact", "opportunity", "task"]
    id: str
    account: str
    title: str
    detail: str | None


class Found(TypedDict):
    """The ten best of each kind. `near`: where there is nothing, accounts whose names are spelled
    almost like it, up to five.
    """

    data: list[Hit]
    near: list[Hit]


_HIT: Hit = {
    "kind": "account",
    "id": "acct-42",
    "account": "acct-42",
    "title": "Aozora",
    "detail": "pro",
}


def wanted_of(typed: str) -> Wanted:
    found = Wanted.of(typed) if is_storable(typed) else None
    if found is None:
        raise invalid(Fault("query.q", "must hold something that can be looked for"))
    return found


@routes.get(
    "/v1/search",
    summary="Search accounts, contacts, opportunities and tasks",
    responses=shows({"data": [_HIT], "near": []}),
    dependencies=[Depends(require("read"))],
)
async def search_everything(
    context: CurrentContext, q: Searched, lang: Lang = None
) -> Answer[Found]:
    """Accounts by name or id, contacts by name or address; whole names come first. Then open
    opportunities and tasks of the accounts found, and the one that has this id. What was changed is
    found within seconds.
    """
    wanted = wanted_of(q)
    async with transaction(context.engine) as conn:
        hits = await _hits(conn, wanted, context.clock.now(), lang)
        near = [] if hits else await search.near(conn, wanted)
    others = [_hit("account", row.id, row.id, row.name, row.plan) for row in near]
    return answer({"data": hits, "near": others})


async def _hits(
    conn: AsyncConnection, wanted: Wanted, now: datetime, lang: str | None
) -> list[Hit]:
    accounts = await search.accounts(conn, wanted)
    names = {row.id: row.name for row in accounts}
    hits = [_hit("account", row.id, row.id, row.name, row.plan) for row in accounts]
    for row in await search.contacts(conn, wanted):
        hits.append(_hit("contact", row.id, row.account, row.name, row.of))
    for row in await search.opportunities(conn, wanted, names):
        hits.append(_hit("opportunity", row.id, row.account, row.name or row.account, row.offer))
    ids = await search.tasks(conn, wanted, names)
    listed = {one.task.id: one for one in await task_rows.listed(conn, ids)}
    for one in (listed[id] for id in ids if id in listed):
        title = view.shown(one.task, now, lang or one.locale)["title"]
        account = one.task.account
        hits.append(_hit("task", one.task.id, account, title, names.get(account)))
    return hits


def _hit(
    kind: Literal["account", "contact", "opportunity", "task"],
    id: str,
    account: str,
    title: str,
    detail: str | None,
) -> Hit:
    return {"kind": kind, "id": id, "account": account, "title": title, "detail": detail}
