"""What judgement stores between decisions: open signals, opportunities, proposals, remedies, plays.

Read and written in bulk.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.decision import Remedy, plain
from services.trigger.proposals.changes import Changes, Open, Proposed
from services.trigger.tables import due
from services.trigger.tables.due import Timer
from shared.values.quantities import dumps


async def decided(conn: AsyncConnection, decisions: Collection[str]) -> set[str]:
    """Which of these decisions have already been made."""
    return set((await conn.execute(_DECIDED, {"ids": list(decisions)})).scalars())


async def suppressed_since(conn: AsyncConnection, account: str) -> dict[str, datetime]:
    return {row.gate: row.since for row in await conn.execute(_SUPPRESSED, {"account": account})}


async def history(conn: AsyncConnection, account: str) -> list[Row[Any]]:
    """The newest proposals to an account; what nobody has proposed yet is none."""
    return list(await conn.execute(_HISTORY, {"account": account}))


async def write(
    conn: AsyncConnection, changes: Changes, timers: Sequence[Timer], now: datetime
) -> None:
    """What no other change is about, in one statement. `timers` are brought forward."""
    if changes.signals or changes.remedies or changes.suppressed or timers:
        columns = (
            _signals(changes.signals)
            | _remedies(changes.remedies)
            | _suppressions(changes.suppressed)
            | due.columns(timers)
        )
        await conn.execute(_WRITE, columns | {"now": now})
    await _put_proposals(conn, changes.proposals, now)
    await _end_remedies(conn, changes.cleared)


async def close_signals(conn: AsyncConnection, account: str, now: datetime) -> None:
    """Everything open so far is answered: they moved to another plan, or left."""
    await conn.execute(_CLOSE_SIGNALS, {"account": account, "now": now})


async def close_signal(conn: AsyncConnection, account: str, type_: str) -> None:
    await conn.execute(_CLOSE_SIGNAL, {"account": account, "type": type_})


async def replace_signal(
    conn: AsyncConnection, account: str, type_: str, key: str, opened: Open | None
) -> None:
    """Replaces the open signal of this type and key, or closes it (None)."""
    await conn.execute(_CLOSE_ONE_SIGNAL, {"account": account, "type": type_, "key": key})
    if opened is not None:
        await conn.execute(_PUT_SIGNALS, _signals([opened]))


async def tell(conn: AsyncConnection, opportunity: str, told: Sequence[tuple[str, str]]) -> None:
    """Stores the reasons that an open opportunity's task lists from now on."""
    await conn.execute(_TELL, {"id": opportunity, "told": dumps(list(told)).decode()})


async def with_tasks(conn: AsyncConnection, accounts: Collection[str]) -> list[str]:
    """The accounts that have an open opportunity with its own task."""
    return list((await conn.execute(_WITH_TASKS, {"accounts": list(accounts)})).scalars())


async def answer(
    conn: AsyncConnection, account: str, contact: str | None, outcome: str, proposal: str | None
) -> Row[Any] | None:
    """Records the answer to the newest proposal (to that contact, or the one that is named) and
    counts it. Returns what the proposal is about, and its deal.

    Who answers a draft was told of it, whether or not anybody has written so.
    """
    given = {"account": account, "contact": contact, "outcome": outcome, "proposal": proposal}
    return (await conn.execute(_ANSWER, given)).one_or_none()


async def unsubscribed(conn: AsyncConnection, account: str, contact: str) -> None:
    await conn.execute(_UNSUBSCRIBED, {"account": account, "contact": contact})


def _signals(opened: Sequence[Open]) -> dict[str, Any]:
    newest = {(one.account, one.signal.type, one.signal.key): one for one in opened}
    ordered = [newest[key] for key in sorted(newest)]
    return {
        "accounts": [one.account for one in ordered],
        "types": [one.signal.type for one in ordered],
        "keys": [one.signal.key for one in ordered],
        "moments": [one.signal.at for one in ordered],
        "untils": [one.signal.until for one in ordered],
        "evidences": [dumps(plain(one.signal.evidence)).decode() for one in ordered],
        "alerts": [one.alert for one in ordered],
        "acted": [one.acted for one in ordered],
    }


def _remedies(opened: Sequence[tuple[str, Remedy, str]]) -> dict[str, Any]:
    return {
        "helped": [account for account, _, _ in opened],
        "tasks": [remedy.task for _, remedy, _ in opened],
        "causes": [remedy.gate for _, remedy, _ in opened],
        "dues": [remedy.due_at for _, remedy, _ in opened],
        "decisions": [decision for _, _, decision in opened],
    }


def _suppressions(suppressed: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, Any]:
    newest = dict(suppressed)
    pairs = [(account, gate) for account, gates in sorted(newest.items()) for gate in gates]
    return {
        "asked": sorted(newest),
        "blocked": [account for account, _ in pairs],
        "gates": [gate for _, gate in pairs],
    }


async def _put_proposals(
    conn: AsyncConnection, proposed: Sequence[Proposed], now: datetime
) -> None:
    rows = [
        {
            "id": one.id,
            "account": one.account,
            "plan": one.plan,
            "add_on": one.add_on,
            "channel": one.channel,
            "reason": one.reason,
            "meter": one.meter,
            "percent": one.percent,
            "counts": one.counts,
            "contacts": dumps(list(one.contacts)).decode(),
            "amount": one.amount,
            "currency": one.currency,
            "decision": one.decision,
            "waits_with": one.waits_with,
            "waits_until": one.waits_until,
            "state": "draft" if one.is_draft else "sent",
            "now": now,
        }
        for one in proposed
    ]
    if rows:
        await conn.execute(_PUT_PROPOSAL, rows)


async def _end_remedies(
    conn: AsyncConnection, cleared: Sequence[tuple[str, tuple[str, ...]]]
) -> None:
    rows = [{"account": account, "gates": list(gates)} for account, gates in cleared]
    if rows:
        await conn.execute(_END_REMEDIES, rows)


async def forget_done(conn: AsyncConnection, accounts: Collection[str]) -> None:
    """What was asked for there and is not to do any more is asked for again if a gate blocks."""
    if accounts:
        await conn.execute(_FORGET_DONE, {"accounts": sorted(accounts)})


_SIGNALS = """
    insert into signal (account, type, key, raised_at, until, evidence, alert, acted)
    select s.account, s.type, s.key, s.at, s.until, cast(s.evidence as jsonb), s.alert, s.acted
    from unnest(cast(:accounts as text[]), cast(:types as text[]), cast(:keys as text[]),
        cast(:moments as timestamptz[]), cast(:untils as timestamptz[]),
        cast(:evidences as text[]), cast(:alerts as text[]), cast(:acted as boolean[]))
        as s(account, type, key, at, until, evidence, alert, acted)
    on conflict (account, type, key) do update
    set raised_at = excluded.raised_at, until = excluded.until, evidence = excluded.evidence,
        alert = excluded.alert, acted = excluded.acted
"""
_PUT_SIGNALS = text(_SIGNALS)
_WRITE = text(
    f"""
    with raised as ({_SIGNALS}),
    helped as (
        insert into remedy (account, task, gate, opened_at, due_at, decision)
        select r.account, r.task, r.gate, :now, r.due_at, r.decision
        from unnest(cast(:helped as text[]), cast(:tasks as text[]), cast(:causes as text[]),
            cast(:dues as timestamptz[]), cast(:decisions as text[]))
            as r(account, task, gate, due_at, decision)
        on conflict do nothing),
    forward as ({due.BRING_FORWARD}),
    held as (
        select b.account, b.gate
        from unnest(cast(:blocked as text[]), cast(:gates as text[])) as b(account, gate)),
    over as (
        delete from suppression s
        where s.account = any(cast((select cast(:asked as text[])) as text[]))
            and not exists (select from held h where h.account = s.account and h.gate = s.gate))
    insert into suppression (account, gate, since) select account, gate, :now from held
        on conflict do nothing
    """
)
_CLOSE_SIGNALS = text(
    "delete from signal where account = :account and type <> 'cancel_intent' and raised_at < :now"
)
_CLOSE_SIGNAL = text("delete from signal where account = :account and type = :type")
_CLOSE_ONE_SIGNAL = text(
    "delete from signal where account = :account and type = :type and key = :key"
)
_DECIDED = text("select id from decision where id = any(cast(:ids as text[]))")
_SUPPRESSED = text("select gate, since from suppression where account = :account")
_HISTORY = text(
    """
    select at, plan, add_on, channel, reason, amount, currency, outcome, decision
    from proposal where account = :account and state is distinct from 'draft'
    order by seq desc limit 100
    """
)
_TELL = text("update opportunity set told = cast(:told as jsonb) where id = :id")
_WITH_TASKS = text(
    """
    select distinct account from opportunity
    where account = any(cast(:accounts as text[])) and closed_at is null and told is not null
        order by account
    """
)
_PUT_PROPOSAL = text(
    """
    with put as (
        insert into proposal (id, account, plan, add_on, at, channel, reason, meter, percent,
            counts, contacts, amount, currency, decision,
                              waits_with, waits_until, state)
        values (:id, :account, :plan, :add_on, :now, :channel, :reason, :meter, :percent, :counts,
            cast(:contacts as jsonb), :amount,
                :currency, :decision, :waits_with, :waits_until, :state)
        on conflict (id) do nothing returning reason, channel)
    insert into play (key, sent) select reason, 1 from put where channel = 'message'
    on conflict (key) do update set sent = play.sent + 1
    """
)
_ANSWER = text(
    """
    with newest as (
        select id, reason, plan, add_on, opportunity from proposal
        where account = :account and case when cast(:proposal as text) is null
            then cast(:contact as text) is null or contacts ? :contact or channel = 'person'
            else id = :proposal end
        order by state is not distinct from 'draft', seq desc limit 1),
    told as (update proposal p set outcome = :outcome,
            state = case when :outcome in ('accepted', 'declined') then :outcome else p.state end
        from newest n where p.id = n.id returning p.reason),
    counted as (update play set complaints = complaints + (:outcome = 'complained')::int,
            helpful = helpful + (:outcome = 'helpful')::int,
            unwanted = unwanted + (:outcome = 'unwanted')::int
        from told where play.key = told.reason)
    select id, plan, add_on, opportunity from newest
    """
)
_UNSUBSCRIBED = text(
    """
    with newest as (
        select reason from proposal where account = :account and contacts ? :contact
            and channel = 'message' order by seq desc limit 1)
    update play set unsubscribes = unsubscribes + 1 from newest n where play.key = n.reason
    """
)
_END_REMEDIES = text(
    "delete from remedy where account = :account and gate = any(cast(:gates as text[]))"
)
_FORGET_DONE = text(
    """
    delete from remedy r where r.account = any(cast(:accounts as text[])) and not exists (
        select from task t where t.account = r.account and t.reason = r.task and t.about = r.gate
            and t.closed_at is null)
    """
)
