"""Opportunities over HTTP: lists, one of them, its entries, and what people append."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

import msgspec
from fastapi import Depends, Query, Request
from pydantic import Discriminator, RootModel
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger import account_events
from services.trigger.account_events import Said
from services.trigger.alerts.watch import Watch
from services.trigger.api.common import CurrentWatch, deciding, example_of, shows
from services.trigger.api.work import actors
from services.trigger.api.work.actors import CurrentActor, KeyHeader, MatchHeader, Me, PersonHeader
from services.trigger.opportunities import statements
from services.trigger.opportunities.announcements import as_shown
from services.trigger.opportunities.logs import OPPORTUNITY, Logs, named_in
from services.trigger.opportunities.new_deal import begin
from services.trigger.outcome import Outcome
from services.trigger.process import money
from services.trigger.process.deals import flags, view
from services.trigger.process.deals.first_entry import BeginBody
from services.trigger.process.deals.flags import Flag
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.deals.shapes import (
    EntryShown,
    OpportunityListed,
    OpportunityShown,
)
from services.trigger.process.handoff.entries import HandoffEntry
from services.trigger.process.log.context import Context as Known
from services.trigger.process.log.entries import Asked, Entry, Refused
from services.trigger.process.messages import MessageEntry
from services.trigger.process.offers import ApproveEntry, LineEntry
from services.trigger.process.ownership import OwnerEntry, SplitEntry
from services.trigger.process.proposal.entry import ProposeEntry, WithdrawEntry
from services.trigger.process.remarks import LinkEntry, NextStepEntry, NoteEntry, StakeholderEntry
from services.trigger.process.stages import MoveEntry, Stage
from services.trigger.process.talk.approval import ApprovalEntry
from services.trigger.process.talk.assets import AssetEntry
from services.trigger.process.talk.business_case import ValueEntry
from services.trigger.process.talk.objections import ObjectionEntry, OutcomeEntry, ReplyEntry
from services.trigger.process.talk.questions import AnswerEntry
from services.trigger.process.talk.steps import StepEntry
from services.trigger.process.talk.wants import NeedEntry
from services.trigger.process.trials.entries import CriterionEntry, EndTrialEntry, TrialEntry
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process.opportunities import Filters
from shared.answers import MoneyText
from shared.postgres.database import lock_accounts, transaction
from shared.values.csv_form import csv_bytes
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.periods import local_date
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

routes = router(tags=["opportunities"])

_Any = Annotated[
    MoveEntry
    | ProposeEntry
    | WithdrawEntry
    | LineEntry
    | ApproveEntry
    | OwnerEntry
    | SplitEntry
    | NoteEntry
    | MessageEntry
    | HandoffEntry
    | StakeholderEntry
    | LinkEntry
    | NextStepEntry
    | AnswerEntry
    | StepEntry
    | AssetEntry
    | TrialEntry
    | EndTrialEntry
    | CriterionEntry
    | NeedEntry
    | ValueEntry
    | ObjectionEntry
    | ReplyEntry
    | OutcomeEntry
    | ApprovalEntry,
    Discriminator("type"),
]


class OpportunityEntry(RootModel[_Any]):
    """What people append: `type`, and the fields of that type."""


CsvFormat = Annotated[
    Literal["json", "csv"] | None, Query(description="`csv`: also by `Accept: text/csv`")
]
Role = Annotated[
    Literal["self_serve", "cs", "sales", "hybrid"] | None,
    Query(description="Only those for which the rules name this role"),
]
Lang = Annotated[
    str | None, Query(max_length=35, description="A language tag; else the account's language")
]
_UNKNOWN = "No opportunity has this id."


class StageSum(TypedDict):
    """`year`: of those with an amount, in this currency; sums of currencies are not added."""

    stage: Stage
    currency: str
    count: int
    year: MoneyText | None


class Opportunities(TypedDict):
    """A page of opportunities. `sums` of all pages, if they were asked for."""

    data: list[OpportunityListed]
    next_cursor: str | None
    sums: NotRequired[list[StageSum]]


class Entries(TypedDict):
    """A page of entries of a log."""

    data: list[EntryShown]
    next_cursor: str | None


_LISTED: dict[str, Any] = {
    "id": "3f0c",
    "account": "acct-42",
    "from_plan": "pro",
    "to_plan": "enterprise",
    "add_on": None,
    "type": "plan_upgrade",
    "stage": "engaged",
    "stage_since": "2026-11-22T00:00:00Z",
    "owner": {"role": "cs", "id": "u7", "name": "Kato"},
    "reasons": ["usage_limit"],
    "deal_value": "15000.00",
    "amount": {"year": "15000.00", "month": "1250.00"},
    "currency": "USD",
    "next_step": {
        "type": "formal_proposal",
        "owner": "u7",
        "due": "2026-11-30",
        "overdue": False,
    },
    "flags": [],
    "created_at": "2026-11-20T00:00:00Z",
    "closed_at": None,
    "revision": 4,
}
_SHOWN: dict[str, Any] = {
    **_LISTED,
    "owner_rule": "OWN-2",
    "responsible": "cs",
    "scenarios": ["outgrowing"],
    "decision": "9b1e",
    "loss": None,
    "credit": [],
    "external_ids": {"salesforce": "006"},
    "lines": [
        {
            "id": "1",
            "type": "plan_upgrade",
            "item": "enterprise",
            "quantity": 1,
            "list_year": "15000.00",
            "discount_pct": "0",
            "approved": True,
            "year": "15000.00",
            "retained_year": None,
            "state": "open",
            "won_at": None,
        }
    ],
    **view.LATER,
    "handoff": {
        "state": "requested",
        "from": "u7",
        "to": "s1",
        "requested_at": "2026-11-23T00:00:00Z",
        "due_at": "2026-11-25T00:00:00Z",
        "answered_at": None,
        "reason": None,
        "text": None,
        "first_contact_at": None,
        "packet": {"account": {"id": "acct-42", "name": "Maruta"}},
    },
    "trials": [],
    "objections": [],
    "packs": [],
    "value": None,
    "approval": None,
    "stakeholders": [{"name": "Sato", "role": "decision_maker"}],
    "proposals": [
        {
            "id": "5c1d",
            "at": "2026-11-23T00:00:00Z",
            "channel": "email",
            "plan": "enterprise",
            "year": "15000.00",
            "state": "sent",
            "expires_at": "2026-12-23T00:00:00Z",
            "contacts": ["c2"],
            "angle": "unlock",
        }
    ],
    "qualification": {
        "verdict": "needs_discovery",
        "criteria": [
            {
                "criterion": "budget",
                "verdict": "unknown",
                "evidence": [
                    {
                        "type": "budget.stated",
                        "text": "unknown",
                        "source": "measured",
                        "date": "2026-11-22T00:00:00Z",
                        "author": None,
                        "result": "unknown",
                        "figure": None,
                    }
                ],
            }
        ],
        "questions": ["qualification.budget_cycle"],
    },
    "moves": [
        {"to": "proposal", "allowed": False, "reasons": ["discovery_incomplete: discovery.3"]}
    ],
}
_ENTRY: dict[str, Any] = {
    "id": "77aa",
    "seq": 4,
    "type": "move",
    "at": "2026-11-22T00:00:00Z",
    "by": {"kind": "person", "id": "u7"},
    "body": {"to": "engaged", "from": "qualified"},
}


def _wanted(
    account: Annotated[Identifier | None, Query(description="Only for this account")] = None,
    stage: Annotated[Stage | None, Query(description="Only in this stage")] = None,
    owner: Annotated[
        Identifier | None, Query(description="Only of this person; `me`: of Plimsoll-Person")
    ] = None,
    role: Role = None,
    open: Annotated[bool | None, Query(description="Only open, or only closed ones")] = None,
    flag: Annotated[Flag | None, Query(description="Only open ones with this flag")] = None,
    plan: Annotated[Identifier | None, Query(description="Only those that lead to it")] = None,
    me: Me = None,
) -> Filters:
    if owner == "me":
        if me is None:
            raise invalid(Fault("query.owner", "me needs the header Plimsoll-Person"))
        owner = me
    return Filters(account, stage, owner, role, open, flag, plan)


@routes.get(
    "/v1/opportunities",
    summary="List opportunities",
    responses=shows({"data": [_LISTED], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_opportunities(
    request: Request,
    page: Paging,
    context: CurrentContext,
    filters: Annotated[Filters, Depends(_wanted)],
    sums: Annotated[bool, Query(description="Count and add up all of them by stage")] = False,
    names: Annotated[bool, Query(description="With `account_name`, too")] = False,
    format: CsvFormat = None,
) -> Answer[Opportunities]:
    """Newest first. `reasons`: the signals behind it."""
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        rows = await head_rows.page(conn, filters, now, page.before, page.fetch)
        summed = await head_rows.sums(conn, filters, now) if sums else []
    found: Any = page.body(rows, lambda row: [row.seq], lambda row: _named(row, now, names))
    if format == "csv" or (format is None and _wants_csv(request)):
        return _as_csv(found["data"])
    shown: Any = {**found, "sums": [_sum(one) for one in summed]} if sums else found
    return answer(shown)


def _named(row: Row[Any], now: datetime, named: bool) -> OpportunityListed:
    listed = _listed(row, now)
    if named:
        listed["account_name"] = row.account_name or row.account
    return listed


def _sum(row: Row[Any]) -> StageSum:
    year = None if row.year is None else money.said(row.year, row.currency)
    return {"stage": row.stage, "currency": row.currency, "count": row.number, "year": year}


_NO_STEP = dict.fromkeys(("type", "owner", "due", "overdue"))
"""The columns are the same whether somebody has named a next step or not."""


def _as_csv(listed: Sequence[Mapping[str, Any]]) -> Answer[Opportunities]:
    rows = [{**one, "next_step": one["next_step"] or _NO_STEP} for one in listed]
    return Answer(csv_bytes(rows), media_type="text/csv; charset=utf-8")


def _wants_csv(request: Request) -> bool:
    return "text/csv" in request.headers.get("accept", "")


def _head(row: Row[Any]) -> flags.Head:
    owner = msgspec.json.decode(row.owner)
    return flags.Head(
        row.stage,
        row.stage_since,
        owner["role"],
        owner["id"],
        row.next_due,
        row.needs_quote,
        row.proposal_expired,
        row.handoff_waiting,
    )


def _listed(row: Row[Any], now: datetime) -> OpportunityListed:
    year = row.amount_year
    step: Any = None if row.next_step is None else msgspec.json.decode(row.next_step)
    if row.revision == 0:
        year = row.deal_value
    if step is not None:
        step["overdue"] = step["due"] < local_date(now, row.time_zone).isoformat()
    return {
        "id": row.id,
        "account": row.account,
        "from_plan": row.from_plan,
        "to_plan": row.to_plan,
        "add_on": row.add_on,
        "type": row.type,
        "stage": row.stage,
        "stage_since": iso(row.stage_since),
        "owner": msgspec.json.decode(row.owner),
        "reasons": msgspec.json.decode(row.reasons),
        "deal_value": money.said(row.deal_value, row.currency),
        "amount": {
            "year": money.said(year, row.currency),
            "month": money.said(money.monthly(year, row.currency), row.currency),
        },
        "currency": row.currency,
        "next_step": step,
        "flags": flags.flags(_head(row), now, row.time_zone),
        "created_at": iso(row.created_at),
        "closed_at": iso(row.closed_at),
        "revision": max(row.revision, 1),
    }


@routes.get(
    "/v1/opportunities/{id}",
    summary="Get an opportunity",
    responses=shows(_SHOWN),
    dependencies=[Depends(require("read"))],
)
async def get_opportunity(
    id: PathIdentifier, context: CurrentContext, watch: CurrentWatch, lang: Lang = None
) -> Answer[OpportunityShown]:
    """All that its log comes to; `moves`: what moving it to each stage would answer its owner."""
    async with transaction(context.engine) as conn:
        row = await head_rows.find(conn, id)
        logs = Logs(watch.judgement.loader)
        known = row and await logs.context(conn, row.account, context.clock.now())
        if row is None or known is None:
            raise Problem(404, _UNKNOWN)
        state = await logs.state(conn, row, known)
        shown = await as_shown(conn, state, replace(known, language=lang))
    return answer(shown, headers=actors.tag(state.revision))


@routes.get(
    "/v1/opportunities/{id}/entries",
    summary="List the entries of an opportunity",
    responses=shows({"data": [_ENTRY], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_opportunity_entries(
    id: PathIdentifier,
    page: Paging,
    context: CurrentContext,
    type: Annotated[Identifier | None, Query(description="Only of this type")] = None,
) -> Answer[Entries]:
    """Newest first."""
    async with transaction(context.engine) as conn:
        if await head_rows.account_of(conn, id) is None:
            raise Problem(404, _UNKNOWN)
        found = await entry_rows.page(conn, OPPORTUNITY, id, type, page.before, page.fetch)
    return answer(page.body(found, lambda one: [one.seq], _entry))


@routes.post(
    "/v1/opportunities/{id}/entries",
    summary="Append an entry to an opportunity",
    openapi_extra=example_of({"type": "move", "to": "engaged"}),
    status_code=201,
    responses=shows(_ENTRY, 201, "Appended", EntryShown),
    dependencies=[Depends(actors.on_opportunity)],
)
async def append_to_opportunity(
    id: PathIdentifier,
    body: OpportunityEntry,
    context: CurrentContext,
    watch: CurrentWatch,
    actor: CurrentActor,
    person: PersonHeader = None,
    key: KeyHeader = None,
    match: MatchHeader = None,
) -> Answer[EntryShown]:
    """What somebody did, decided or noted. 403 if it is not theirs, 412 if somebody was faster,
    409 with every reason why it is not possible now.
    """
    asked = Asked(body.root, actor, actors.revision_of(match))
    given, logs = actors.key_of(key, body.root), Logs(watch.judgement.loader)
    persons = list(named_in(body.root.model_dump(mode="json")))
    async with deciding(context) as (conn, outcome):
        account = await head_rows.account_of(conn, id)
        if account is None:
            raise Problem(404, _UNKNOWN)
        await lock_accounts(conn, [account])
        row = await head_rows.find(conn, id)
        told = None if row is None else msgspec.json.decode(row.owner, type=Owner)
        owner = told and told.id
        named = [*persons, *([owner] if owner else [])]
        known = await logs.context(conn, account, context.clock.now(), named)
        if row is None or known is None:
            raise Problem(404, _UNKNOWN)
        found = await logs.append(conn, row, asked, known, given)
        if isinstance(found, Refused):
            raise actors.problem_of(found, told)
        outcome.add(found.outcome)
        await watch.follow(conn, outcome, context.clock.now())
        if found.is_new:
            await actors.audit_entry(conn, actor, found.entry, OPPORTUNITY, id, account)
            outcome.add(await _stated(conn, watch, found.entry, known, id))
    return answer(_entry(found.entry), 201)


async def _stated(
    conn: AsyncConnection, watch: Watch, entry: Entry, known: Known, opportunity: str
) -> Outcome:
    """What an entry also tells of the account comes in by the same door as all facts: what that
    refuses is refused here, and the entry with it.
    """
    events = statements.of(entry, known.account.id, opportunity)
    found = await account_events.refuse(conn, watch, events, known.at)
    if faults := statements.own_faults(entry, found):
        raise invalid(*faults)
    if not events:
        return Outcome()
    return await account_events.take(conn, watch, [Said(one) for one in events], known.at)


def _entry(entry: Entry) -> EntryShown:
    shown: Any = entry.json()
    found: EntryShown = shown
    return found


@routes.post(
    "/v1/accounts/{account}/opportunities",
    summary="Begin an opportunity",
    openapi_extra=example_of({"to_plan": "enterprise", "note": "They asked on the phone."}),
    status_code=201,
    responses=shows(_SHOWN, 201, "Begun", OpportunityShown),
    dependencies=[Depends(actors.on_account)],
)
async def begin_opportunity(
    account: PathIdentifier,
    body: BeginBody,
    context: CurrentContext,
    watch: CurrentWatch,
    actor: CurrentActor,
    person: PersonHeader = None,
    key: KeyHeader = None,
) -> Answer[OpportunityShown]:
    """Whose it is says the route of judgement, where it stands the verdict now. 409 where one for
    this plan is open already, or nothing is subscribed.
    """
    given, logs = actors.key_of(key, body), Logs(watch.judgement.loader)
    async with deciding(context) as (conn, outcome):
        await lock_accounts(conn, [account])
        found = await begin(conn, logs, account, body, actor, given, context.clock.now())
        if found is None:
            raise Problem(404, "No account has this id.")
        if isinstance(found, Refused):
            raise actors.problem_of(found)
        outcome.add(found.outcome)
        if found.is_new:
            now = context.clock.now()
            await actors.audit_begun(conn, actor, OPPORTUNITY, found.state.id, account, now)
        shown = await as_shown(conn, found.state, found.context)
    return answer(shown, 201, headers=actors.tag(found.state.revision))
