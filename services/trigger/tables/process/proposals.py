"""Proposals of deals as rows: what reports, caps and answers look at."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.entries import Entry
from services.trigger.process.money import read
from shared.values.quantities import dumps

CHANNELS = {"email": "message", "person": "person"}


async def write(conn: AsyncConnection, state: Opportunity, entries: Sequence[Entry]) -> None:
    """What these entries of type `proposal` say. A person's takes the place of judgement's drafts;
    one of judgement's own stands already.
    """
    for entry in entries:
        if entry.body["state"] == "sent":
            await conn.execute(_SENT, _columns(state, entry))
        else:
            given = {"id": entry.body["id"], "state": entry.body["state"]}
            await conn.execute(_STATE, given)


async def find(conn: AsyncConnection, account: str, id: str) -> Row[Any] | None:
    """One that the account was sent, or is to be."""
    return (await conn.execute(_FIND, {"account": account, "id": id})).one_or_none()


async def belong(conn: AsyncConnection, deals: Mapping[str, str]) -> None:
    """Of these proposals, by id, each to its deal."""
    if deals:
        await conn.execute(_BELONG, {"ids": list(deals), "deals": list(deals.values())})


def _columns(state: Opportunity, entry: Entry) -> dict[str, Any]:
    body = entry.body
    return {
        "id": body["id"],
        "account": state.account,
        "plan": state.to_plan,
        "add_on": state.add_on,
        "at": entry.at,
        "channel": CHANNELS[body["channel"]],
        "reason": state.reasons[0],
        "contacts": dumps(list(body["contacts"])).decode(),
        "amount": read(body["year"]),
        "currency": state.currency,
        "decision": state.decision or entry.id,
        "opportunity": state.id,
        "expires_at": datetime.fromisoformat(body["expires_at"]),
    }


# The decision that was the cause, for the reports that count by it: the one of the latest draft.
_SENT = text(
    """
    with known as (
        update proposal set opportunity = :opportunity, expires_at = :expires_at, state = 'sent'
        where id = :id returning id),
    drafts as (
        delete from proposal where opportunity = :opportunity and state = 'draft'
            and not exists (select from known) returning seq, decision),
    made as (
        insert into proposal (id, account, plan, add_on, at, channel, reason, counts, contacts,
            amount, currency, decision, opportunity, expires_at, state)
        select :id, :account, :plan, :add_on, :at, :channel, :reason, true,
            cast(:contacts as jsonb), :amount, :currency,
            coalesce((select decision from drafts order by seq desc limit 1), :decision),
            :opportunity, :expires_at, 'sent'
        where not exists (select from known)
        returning reason, channel)
    insert into play (key, sent) select reason, 1 from made where channel = 'message'
    on conflict (key) do update set sent = play.sent + 1
    """
)
_FIND = text(
    "select id, plan, add_on, opportunity, state from proposal "
    "where id = :id and account = :account"
)
# What was taken back before anybody had it was never sent: caps and plays do not count it.
_STATE = text(
    """
    with unsent as (
        select p.id, p.reason from proposal p
        where p.id = :id and :state = 'withdrawn' and p.counts and p.channel = 'message'
            and not exists (
                select from notification n join delivery d on d.notification = n.id
                where n.key = p.id and d.state in ('delivered', 'unknown', 'sending'))),
    uncounted as (
        update play set sent = play.sent - 1 from unsent u where play.key = u.reason)
    update proposal p set state = :state, counts = p.counts and not exists (select from unsent)
    where p.id = :id
    """
)
_BELONG = text(
    """
    update proposal p set opportunity = g.deal
    from unnest(cast(:ids as text[]), cast(:deals as text[])) as g(id, deal) where p.id = g.id
    """
)
