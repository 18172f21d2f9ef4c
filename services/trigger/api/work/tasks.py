"""Tasks over HTTP: lists, one of them, its entries, and what people append."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal, NotRequired

from fastapi import Depends, Query
from pydantic import Discriminator, RootModel
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.api.common import CurrentWatch, deciding, example_of, shows
from services.trigger.api.work import actors
from services.trigger.api.work.actors import CurrentActor, KeyHeader, MatchHeader, Me, PersonHeader
from services.trigger.opportunities.logs import Logs, named_in
from services.trigger.opportunities.new_task import begin
from services.trigger.opportunities.tasks import TASK, append
from services.trigger.process.deals.shapes import EntryShown
from services.trigger.process.log.entries import Asked, Entry, Refused
from services.trigger.process.ownership import OwnerEntry
from services.trigger.process.remarks import NoteEntry
from services.trigger.process.tasks import view
from services.trigger.process.tasks.acts import (
    CloseEntry,
    DueEntry,
    SnoozeEntry,
    StartEntry,
    WakeEntry,
)
from services.trigger.process.tasks.due_dates import When
from services.trigger.process.tasks.first_entry import BeginTaskBody
from services.trigger.process.tasks.shapes import CrmCopyShown, TaskShown
from services.trigger.process.tasks.task import RANK, TaskState, TaskType
from services.trigger.tables.process import copies as copy_rows
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import tasks as task_rows
from services.trigger.tables.process.tasks import Filters, Listed
from shared.messages import Priority
from shared.postgres.database import lock_accounts, transaction
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.web import (
    Answer,
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

routes = router(tags=["tasks"])


class TaskEntry(
    RootModel[
        Annotated[
            StartEntry | SnoozeEntry | WakeEntry | DueEntry | OwnerEntry | CloseEntry | NoteEntry,
            Discriminator("type"),
        ]
    ]
):
    """What people append: `type`, and the fields of that type."""


Lang = Annotated[
    str | None, Query(max_length=35, description="A language tag; else the account's language")
]
Names = Annotated[bool, Query(description="With `account_name`, too")]
_UNKNOWN = "No task has this id."


class Tasks(TypedDict):
    """A page of tasks. `total` if it was asked for: 10001 stands for more than 10,000."""

    data: list[TaskShown]
    next_cursor: str | None
    total: NotRequired[int]


class TaskEntries(TypedDict):
    """A page of entries of a task."""

    data: list[EntryShown]
    next_cursor: str | None


_SHOWN: dict[str, Any] = {
    "id": "5d1e",
    "account": "acct-42",
    "type": "expansion",
    "reason": "opportunity",
    "about": "enterprise",
    "title": "Maruta: SOC 2 compliance is needed",
    "lines": {
        "happened": "SOC 2 compliance is needed.",
        "why_now": "They are asking for it themselves.",
        "say": "The Enterprise plan covers SOC 2.",
        "do_not_say": "Nothing in particular.",
        "next_step": "Get in touch and say the above in your own words.",
    },
    "priority": "high",
    "state": "open",
    "owner": {"role": "cs", "id": "u7", "name": "Kato"},
    "opened_at": "2026-11-20T00:00:00Z",
    "due_at": "2026-11-23T00:00:00Z",
    "overdue": False,
    "snoozed_until": None,
    "snooze_reason": None,
    "escalated_at": None,
    "opportunity": "3f0c",
    "alert": None,
    "decision": "9b1e",
    "closed_at": None,
    "crm": [{"channel": "hubspot", "external_id": "812"}],
    "revision": 1,
}
_ENTRY: dict[str, Any] = {
    "id": "77ab",
    "seq": 2,
    "type": "snooze",
    "at": "2026-11-21T00:00:00Z",
    "by": {"kind": "person", "id": "u7"},
    "body": {
        "until": "2026-11-24",
        "reason": "They are away.",
        "snoozed_until": "2026-11-24T00:00:00Z",
    },
}


def _wanted(
    account: Annotated[Identifier | None, Query(description="Only for this account")] = None,
    owner: Annotated[
        Identifier | None, Query(description="Only of this person; `me`: of Plimsoll-Person")
    ] = None,
    state: Annotated[TaskState | None, Query(description="Only in this state")] = None,
    open: Annotated[bool | None, Query(description="Only open, or only closed ones")] = None,
    reason: Annotated[Identifier | None, Query(description="Only for this reason")] = None,
    type: Annotated[TaskType | None, Query(description="Only of this type")] = None,
    priority: Annotated[Priority | None, Query(description="Only of this priority")] = None,
    overdue: Annotated[
        bool | None, Query(description="Only those that should be done by now, or only the others")
    ] = None,
    due_before: Annotated[
        When | None, Query(description="Only those due before this moment, or this day (UTC)")
    ] = None,
    due_from: Annotated[
        When | None, Query(description="Only those due at this moment or later, or from this day")
    ] = None,
    closed_from: Annotated[
        When | None, Query(description="Only those closed at this moment or later")
    ] = None,
    awake: Annotated[
        bool | None, Query(description="Only those that are not snoozed, or only the snoozed")
    ] = None,
    me: Me = None,
) -> Filters:
    if owner == "me":
        if me is None:
            raise invalid(Fault("query.owner", "me needs the header Plimsoll-Person"))
        owner = me
    before, since, closed = (
        None if one is None else _moment(one) for one in (due_before, due_from, closed_from)
    )
    return Filters(
        account, owner, state, open, reason, type, overdue, before, since, closed, priority, awake
    )


@routes.get(
    "/v1/tasks",
    summary="List tasks",
    responses=shows({"data": [_SHOWN], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_tasks(
    page: Paging,
    context: CurrentContext,
    filters: Annotated[Filters, Depends(_wanted)],
    sort: Annotated[
        Literal["due"] | None,
        Query(description="`due`: by priority and due date; else newest first"),
    ] = None,
    total: Annotated[bool, Query(description="Count them, too: up to 10,001")] = False,
    names: Names = False,
) -> Answer[Tasks]:
    """Each in its account's language."""
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        if sort == "due":
            found = await task_rows.by_due_date(conn, filters, now, _after(page), page.fetch)
        else:
            found = await task_rows.newest(conn, filters, now, page.before, page.fetch)
        crm = await copy_rows.of(conn, [one.task.id for one in found])
        counted = {"total": await task_rows.count(conn, filters, now)} if total else {}
    key = _due_key if sort == "due" else _age_key
    listed = page.body(found, key, lambda one: _shown(one, now, crm, named=names))
    shown: Any = {**listed, **counted}
    return answer(shown)


def _shown(
    one: Listed,
    now: datetime,
    crm: Mapping[str, Sequence[CrmCopyShown]],
    lang: str | None = None,
    *,
    named: bool = False,
) -> TaskShown:
    shown = view.shown(one.task, now, lang or one.locale, crm.get(one.task.id, ()))
    if named:
        shown["account_name"] = one.account_name
    return shown


def _moment(when: Any) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)


def _after(page: Paging) -> tuple[int, datetime, str] | None:
    if page.after is None:
        return None
    rank, due_at, id = page.after
    return rank, datetime.fromisoformat(due_at), id


def _due_key(one: Listed) -> list[Any]:
    return [RANK[one.task.priority], iso(one.task.due_at), one.task.id]


def _age_key(one: Listed) -> list[Any]:
    return [one.seq]


@routes.get(
    "/v1/tasks/{id}",
    summary="Get a task",
    responses=shows(_SHOWN),
    dependencies=[Depends(require("read"))],
)
async def get_task(
    id: PathIdentifier, context: CurrentContext, lang: Lang = None, names: Names = False
) -> Answer[TaskShown]:
    """All that its log comes to, with title and five lines in the language asked for."""
    async with transaction(context.engine) as conn:
        found = await _known(conn, id)
        crm = await copy_rows.of(conn, [id])
    shown = _shown(found, context.clock.now(), crm, lang, named=names)
    return answer(shown, headers=actors.tag(found.task.revision))


async def _known(conn: AsyncConnection, id: str) -> Listed:
    found = await task_rows.find(conn, id)
    if found is None:
        raise Problem(404, _UNKNOWN)
    return found


@routes.get(
    "/v1/tasks/{id}/entries",
    summary="List the entries of a task",
    responses=shows({"data": [_ENTRY], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_task_entries(
    id: PathIdentifier,
    page: Paging,
    context: CurrentContext,
    type: Annotated[Identifier | None, Query(description="Only of this type")] = None,
) -> Answer[TaskEntries]:
    """Newest first."""
    async with transaction(context.engine) as conn:
        await _known(conn, id)
        found = await entry_rows.page(conn, TASK, id, type, page.before, page.fetch)
    return answer(page.body(found, lambda one: [one.seq], _entry))


def _entry(entry: Entry) -> EntryShown:
    shown: Any = entry.json()
    found: EntryShown = shown
    return found


@routes.post(
    "/v1/tasks/{id}/entries",
    summary="Append an entry to a task",
    openapi_extra=example_of({"type": "snooze", "until": "2026-11-24", "reason": "Away."}),
    status_code=201,
    responses=shows(_ENTRY, 201, "Appended", EntryShown),
    dependencies=[Depends(actors.on_task)],
)
async def append_to_task(
    id: PathIdentifier,
    body: TaskEntry,
    context: CurrentContext,
    watch: CurrentWatch,
    actor: CurrentActor,
    person: PersonHeader = None,
    key: KeyHeader = None,
    match: MatchHeader = None,
) -> Answer[EntryShown]:
    """What somebody does about it. 403 if it is not theirs, 412 if somebody was faster, 409 if this
    is not possible now.
    """
    asked = Asked(body.root, actor, actors.revision_of(match))
    given, logs = actors.key_of(key, body.root), Logs(watch.judgement.loader)
    persons = list(named_in(body.root.model_dump(mode="json")))
    async with deciding(context) as (conn, outcome):
        account = (await _known(conn, id)).task.account
        await lock_accounts(conn, [account])
        task = (await _known(conn, id)).task
        named = [*persons, *([task.owner.id] if task.owner.id else [])]
        known = await logs.context(conn, account, context.clock.now(), named)
        if known is None:
            raise Problem(404, _UNKNOWN)
        found = await append(conn, task, asked, known, given)
        if isinstance(found, Refused):
            raise actors.problem_of(found, task.owner)
        outcome.add(found.outcome)
        if found.is_new:
            await actors.audit_entry(conn, actor, found.entry, TASK, id, account)
    return answer(_entry(found.entry), 201)


@routes.post(
    "/v1/accounts/{account}/tasks",
    summary="Begin a task",
    openapi_extra=example_of({"title": "Send them the guide", "due_at": "2026-11-24"}),
    status_code=201,
    responses=shows(_SHOWN, 201, "Begun", TaskShown),
    dependencies=[Depends(actors.on_account)],
)
async def begin_task(
    account: PathIdentifier,
    body: BeginTaskBody,
    context: CurrentContext,
    watch: CurrentWatch,
    actor: CurrentActor,
    person: PersonHeader = None,
    key: KeyHeader = None,
) -> Answer[TaskShown]:
    """Oneself has it unless somebody else is named; an admin's key, without a person, gives it to
    the account's CSM.
    """
    given, logs = actors.key_of(key, body), Logs(watch.judgement.loader)
    now = context.clock.now()
    async with deciding(context) as (conn, outcome):
        await lock_accounts(conn, [account])
        found = await begin(conn, logs, account, body, actor, given, now)
        if found is None:
            raise Problem(404, "No account has this id.")
        if isinstance(found, Refused):
            raise actors.problem_of(found)
        outcome.add(found.outcome)
        if found.is_new:
            await actors.audit_begun(conn, actor, TASK, found.task.id, account, now)
    shown = view.shown(found.task, now, found.context.account.locale)
    return answer(shown, 201, headers=actors.tag(found.task.revision))
