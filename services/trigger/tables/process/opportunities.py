"""Heads of the logs of opportunities: what lists show and filter by."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process import lines
from services.trigger.process.deals import view
from services.trigger.process.deals.flags import PATIENCE, WITH_NEXT_STEP
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.stages import EARLY
from services.trigger.tables.process import entries
from services.trigger.tables.process.entries import Written
from shared.erasure.requests import spares
from shared.postgres import changes
from shared.postgres.database import NEWEST
from shared.values.quantities import dumps


@dataclass(frozen=True, slots=True)
class Filters:
    """None: whatever it is. `open`: whether it is not closed."""

    account: str | None = None
    stage: str | None = None
    owner: str | None = None
    role: str | None = None
    open: bool | None = None
    flag: str | None = None
    plan: str | None = None


async def account_of(conn: AsyncConnection, id: str) -> str | None:
    """The account of a deal; None: there is none with this id."""
    found: str | None = (await conn.execute(_ACCOUNT_OF, {"id": id})).scalar_one_or_none()
    return found


async def find(conn: AsyncConnection, id: str) -> Row[Any] | None:
    return (await conn.execute(_FIND, {"ids": [id]})).one_or_none()


async def of_ids(conn: AsyncConnection, ids: Collection[str]) -> list[Row[Any]]:
    return list(await conn.execute(_FIND, {"ids": list(ids)}))


async def count_of(conn: AsyncConnection, account: str) -> int:
    """How many deals are stored, open or not."""
    return int((await conn.execute(_COUNT_OF, {"account": account})).scalar_one())


async def open_of(conn: AsyncConnection, accounts: Collection[str]) -> list[Row[Any]]:
    """The open ones of these accounts, oldest first."""
    if not accounts:
        return []
    return list(await conn.execute(_OPEN_OF, {"accounts": sorted(set(accounts))}))


async def owned_by(conn: AsyncConnection, person: str) -> list[Row[Any]]:
    """The open ones of a person."""
    return list(await conn.execute(_OWNED_BY, {"person": person}))


async def page(
    conn: AsyncConnection, filters: Filters, now: datetime, before: int | None, limit: int
) -> list[Row[Any]]:
    """Newest first."""
    where, given = _where(filters, now)
    statement = _page(f"o.seq < :before and {where}")
    given |= {"before": before or NEWEST, "limit": limit}
    return list(await conn.execute(text(statement), given))


async def sums(conn: AsyncConnection, filters: Filters, now: datetime) -> list[Row[Any]]:
    """stage, currency, count, year: all of them, not a page. What has no amount counts, too."""
    where, given = _where(filters, now)
    return list(await conn.execute(text(_SUMS.format(where=where)), given))


def _where(filters: Filters, now: datetime) -> tuple[str, dict[str, Any]]:
    wanted = {name: value for name in _WHERE if (value := getattr(filters, name)) is not None}
    where = [spares("o"), *(_WHERE[name] for name in wanted)]
    given: dict[str, Any] = {**wanted}
    if filters.open is not None:
        where.append("o.closed_at is null" if filters.open else "o.closed_at is not null")
    if filters.flag is not None:
        where += ["o.closed_at is null", _FLAGGED[filters.flag]]
        if filters.flag == "no_next_step":
            given |= {"now": now, "patience": PATIENCE}
    return " and ".join(where), given


def owner_of(row: Row[Any]) -> str | None:
    found: str | None = json.loads(row.owner)["id"]
    return found


async def save(conn: AsyncConnection, state: Opportunity, written: Sequence[Written]) -> None:
    """The row as its log has it now, and what is new in this, in one statement."""
    await conn.execute(_SAVE, _columns(state) | entries.columns(written))
    changes.note(conn, "opportunity", [state.id])
    changes.note(conn, "handoff", (one.subject for one in written if one.entry.type == "handoff"))


def _columns(state: Opportunity) -> dict[str, Any]:
    head = view.head(state)
    return {
        "id": state.id,
        "account": state.account,
        "from_plan": state.from_plan,
        "to_plan": state.to_plan,
        "add_on": state.add_on,
        "stage": state.stage,
        "stage_since": state.stage_since,
        "owner": dumps(state.owner.json()).decode(),
        "owner_rule": state.owner_rule,
        "reasons": dumps(list(state.reasons)).decode(),
        "scenarios": dumps(list(state.scenarios)).decode(),
        "deal_value": state.deal_value,
        "currency": state.currency,
        "decision": state.decision,
        "created_at": state.created_at,
        "closed_at": state.closed_at,
        "amount_year": lines.amount(state.lines),
        "needs_quote": head.needs_quote,
        "next_step": None if state.next_step is None else dumps(dict(state.next_step)).decode(),
        "next_due": state.last_due,
        "proposal_expired": head.proposal_expired,
        "handoff_waiting": head.handoff_waiting,
        "loss_reason": state.loss.reason if state.loss else None,
        "loss_text": state.loss.text if state.loss else None,
        "credit": dumps(
            lines.credit_json(state.credit, lines.won_year(state.lines), state.currency)
        ).decode(),
        "external_ids": dumps(dict(state.external_ids)).decode(),
        "person_entry": state.has_person,
        "revision": state.revision,
    }


BY_VERDICT = frozenset({*EARLY, "disqualified"})
"""Stages that the verdict may end."""
_WHERE = {
    "account": "o.account = :account",
    "stage": "o.stage = :stage",
    "owner": "o.owner ->> 'id' = :owner",
    "role": "o.owner ->> 'role' = :role",
    "plan": "o.to_plan = :plan",
}
_STAGES = ", ".join(f"'{stage}'" for stage in WITH_NEXT_STEP)
_FLAGGED = {
    "no_next_step": f"""o.stage in ({_STAGES}) and :now >= greatest(
        coalesce(o.stage_since, o.created_at),
        cast(o.next_due as timestamp) at time zone a.time_zone) + :patience""",
    "unowned": "o.owner ->> 'id' is null and o.owner ->> 'role' <> 'self_serve'",
    "proposal_expired": "o.proposal_expired",
    "handoff_waiting": "o.handoff_waiting",
    "needs_quote": "o.needs_quote",
}
_SELECT = """
    select o.seq, o.id, o.account, o.from_plan, o.to_plan, o.add_on, o.stage,
        coalesce(o.stage_since, o.created_at) as stage_since, o.owner::text as owner,
        o.owner_rule, o.reasons::text as reasons, o.scenarios::text as scenarios, o.deal_value,
        o.currency, o.decision, o.created_at, o.closed_at, o.amount_year, o.needs_quote,
        o.next_step::text as next_step, o.next_due, o.proposal_expired, o.handoff_waiting,
        o.person_entry, o.revision,
        coalesce(a.time_zone, 'UTC') as time_zone, a.name as account_name,
        case when o.add_on is null then 'plan_upgrade' else coalesce(
            (select d.body #>> '{recommendation,add_on,type}' from decision d
                where d.id = o.decision), 'limit_add_on') end as type
    from opportunity o left join account a on a.id = o.account
"""


_SUMS = """
    select o.stage, o.currency, count(*) as number,
        sum(case when o.revision = 0 then o.deal_value else o.amount_year end) as year
    from opportunity o left join account a on a.id = o.account
    where {where} group by o.stage, o.currency order by o.stage, o.currency
"""


def _page(where: str) -> str:
    return f"{_SELECT} where {where} order by o.seq desc limit :limit"


_ACCOUNT_OF = text(f"select account from opportunity where id = :id and {spares('opportunity')}")
# Planned once and not each time: an array from a query looks equally long to the plan for any
# values and to the one for these.
_FIND = text(f"{_SELECT} where o.id = any(cast((select cast(:ids as text[])) as text[]))")
_COUNT_OF = text("select count(*) from opportunity where account = :account")
_OPEN_OF = text(
    f"{_SELECT} where o.account = any(cast((select cast(:accounts as text[])) as text[])) "
    "and o.closed_at is null order by o.seq"
)
_OWNED_BY = text(
    f"{_SELECT} where o.owner ->> 'id' = :person and o.closed_at is null order by o.seq"
)
_SAVE = text(
    f"""
    with head as (insert into opportunity (id, account, from_plan, to_plan, add_on, stage,
        stage_since, owner, owner_rule, reasons, scenarios, deal_value, currency, decision,
        created_at, closed_at, amount_year, needs_quote, next_step, next_due, proposal_expired,
        handoff_waiting, loss_reason, loss_text, credit, external_ids, person_entry, revision)
    values (:id, :account, :from_plan, :to_plan, :add_on, :stage, :stage_since,
        cast(:owner as jsonb), :owner_rule, cast(:reasons as jsonb), cast(:scenarios as jsonb),
        :deal_value, :currency, :decision, :created_at, :closed_at, :amount_year, :needs_quote,
        cast(:next_step as jsonb), :next_due, :proposal_expired, :handoff_waiting, :loss_reason,
        :loss_text, cast(:credit as jsonb), cast(:external_ids as jsonb), :person_entry, :revision)
    on conflict (id) do update set stage = excluded.stage, stage_since = excluded.stage_since,
        owner = excluded.owner, owner_rule = excluded.owner_rule, reasons = excluded.reasons,
        scenarios = excluded.scenarios, deal_value = excluded.deal_value,
        closed_at = excluded.closed_at, amount_year = excluded.amount_year,
        needs_quote = excluded.needs_quote, next_step = excluded.next_step,
        next_due = excluded.next_due, proposal_expired = excluded.proposal_expired,
        handoff_waiting = excluded.handoff_waiting, loss_reason = excluded.loss_reason,
        loss_text = excluded.loss_text, credit = excluded.credit,
        external_ids = excluded.external_ids, person_entry = excluded.person_entry,
        revision = excluded.revision)
    {entries.INSERT}
    """
)
