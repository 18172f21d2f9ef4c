"""The delivery queue: claimed with a lease, handed over, settled.

The number of the claim fences late writes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import Claimed, Colleague, Contact, Delivered
from services.notifier.channels.registry import KINDS
from services.notifier.lifecycle import Change, Circumstances, Unwanted
from services.notifier.messages import KeptFacts
from services.notifier.schedule import OFFER_HOURS
from shared.postgres import changes
from shared.values.levels import climbs
from shared.values.mailboxes import mailbox, mailbox_of
from shared.values.moments import iso

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection outside the pool: session locks are held until it ends."""
NOT_ENDED = ("queued", "sending", "retrying")
_FAILED = ("dead", "unknown")
"""A person has to look at these."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mailbox that its server refused. Applies to every account."""

    reason: str
    at: datetime

    def holds(self, given_at: datetime | None) -> bool:
        """Whether it applies to an address given at that time: a later one is tried again."""
        return given_at is None or self.at >= given_at


_NO_BOUNCES: Mapping[bytes, Bounce] = {}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A claimed delivery with what may have changed since it was created."""

    delivery: Claimed
    seen: Circumstances


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of a channel. `deadline`: the earliest of those that wait."""

    number: int
    deadline: datetime | None
    last_delivered_at: datetime | None


async def claim(
    conn: AsyncConnection, channel: str, now: datetime, room: int, lease: timedelta, owner: int
) -> list[Mapping[str, Any]]:
    """Claims up to `room` due deliveries, and those whose process died. Returns rows for `loaded`.

    A lane sends one delivery at a time, the oldest first. Deliveries of a parked account wait until
    its pause ends. `now` is the clock's; leases use the database's time, which no test clock moves.
    """
    found = await conn.execute(
        _CLAIM, {"channel": channel, "now": now, "room": room, "lease": lease, "owner": owner}
    )
    seqs = [row.seq for row in found]
    return [dict(row._mapping) for row in await conn.execute(_LOAD, {"seqs": seqs})] if seqs else []


async def load(conn: AsyncConnection, seq: int) -> Mapping[str, Any]:
    """One row for `loaded`, whatever its state, without a claim."""
    return dict((await conn.execute(_LOAD, {"seqs": [seq]})).one()._mapping)


PARKED_LANE = "delivery"
_NOT_PARKED = """
    not exists (select 1 from parked p where p.service = 'notifier' and p.lane = 'delivery'
                and p.account = d.account and p.next_attempt_at > :now)
"""
_CLAIM = text(
    f"""
    with due as (
        select d.seq from delivery d
        where d.channel = :channel and d.state in ('queued', 'retrying')
            and d.next_attempt_at <= :now
          and not exists (select 1 from delivery e where e.channel = d.channel
              and e.lane = d.lane and e.seq <> d.seq
                          and (e.state = 'sending' or (e.state in ('queued', 'retrying')
                              and e.seq < d.seq)))
          and {_NOT_PARKED}
        order by d.next_attempt_at, d.seq limit :room for update skip locked
    ), orphaned as (
        select seq from delivery where channel = :channel and state = 'sending'
            and lease_until < clock_timestamp()
        order by lease_until limit :room for update skip locked
    ), taken as (select seq from orphaned union all select seq from due limit :room)
    update delivery d
    set state = 'sending', attempts = d.attempts + 1, claim = d.claim + 1, owner = :owner,
        next_attempt_at = null,
        lease_until = clock_timestamp() + cast(:lease as interval)
    from taken where d.seq = taken.seq
    returning d.seq
    """
)


_LOAD = text(
    """
    select d.*, n.kind, n.class, n.proposes, n.facts, n.task as ordered, n.key, n.recipient,
           n.meter, n.decision, n.created_at as told_at,
           case when n.class = 'notice' and n.proposes is not null and d.channel = 'email' then
               exists (select 1 from notification o where o.key = n.key || '-offer'
                   and o.recipient = n.recipient)
           else false end as offered_apart,
           a.id is not null as has_account, a.locale as account_locale,
           a.external_ids ->> d.channel as company,
           c.id as contact_id, c.name, c.email, c.role, coalesce(c.locale, a.locale) as locale,
           coalesce(p.email_notice, true) as email_notice,
           coalesce(p.email_proposal, true) as email_proposal,
           coalesce(p.in_app_proposal, true) as in_app_proposal,
           h.given_at, a.created_at as account_since,
           case when n.class = 'proposal' or n.proposes is not null then
               (select min(gate) from suppression h where h.account = d.account
                   and h.gate not in ('opted_out', 'frequency_cap'))
           end as held_by,
           case when n.class = 'proposal' then
               (select case when o.closed_at is null then p.state else 'closed' end
                from proposal p left join opportunity o on o.id = p.opportunity
                where p.id = n.key)
           end as proposal_state,
           t.external_id, t.completed_at is not null as task_completed,
           t.owner as told_owner, coalesce(t.unlinked, false) as unlinked,
           n.threshold, case when d.task is not null then
               (select jsonb_agg(jsonb_build_array(m.threshold, m.facts -> 'limit'))
                from delivery e join notification m on m.id = e.notification
                where e.task = d.task and e.channel = d.channel and e.seq < d.seq
                    and e.state in ('delivered', 'unknown') and m.threshold is not null)
           end as told,
           case when n.task ? 'revision' then
               (select m.task from delivery e join notification m on m.id = e.notification
                where e.task = d.task and e.channel = d.channel and e.seq < d.seq
                    and e.state in ('delivered', 'unknown')
                order by e.seq desc limit 1)
           end as told_task,
           n.task ? 'revision' and exists (
               select 1 from delivery e join notification m on m.id = e.notification
               where e.task = d.task and e.channel = d.channel and e.seq <> d.seq
                   and cast(m.task ->> 'revision' as int) > cast(n.task ->> 'revision' as int)
                   and e.state in ('queued', 'retrying', 'sending', 'delivered', 'unknown'))
               as task_changed,
           exists (select 1 from parked p where p.service = 'notifier' and p.lane = 'delivery'
               and p.account = d.account) as was_parked,
           exists (select 1 from delivery e where e.task = d.task and e.channel = d.channel
               and e.in_doubt and e.seq <> d.seq) as task_in_doubt,
           case when al.id is not null then to_jsonb(al) end as alert_row, al.reached_at,
               al.resolved_at, al.used, al."limit",
           coalesce(n.facts #>> '{signed,signer}', o.owner ->> 'id') as signer_id,
           coalesce(s.name, case when n.facts #>> '{signed,signer}' is null
               then o.owner ->> 'name' end) as signer_name, s.email as signer_email,
           s2.id as copy_id, s2.name as copy_name, s2.email as copy_email
    from delivery d
    join notification n on n.id = d.notification
    left join account a on a.id = d.account
    left join contact c on c.account = d.account and c.id = d.contact
    left join preference p on p.account = d.account and p.contact = d.contact
    left join contact_history h on h.account = c.account and h.contact = c.id
    left join crm_task t on t.key = d.task and t.channel = d.channel
    left join alert al on al.id = d.alert
    left join opportunity o on o.id = n.facts #>> '{signed,opportunity}'
    left join person s on s.id = coalesce(n.facts #>> '{signed,signer}', o.owner ->> 'id')
    left join person s2 on s2.id = n.facts #>> '{signed,copy_to}'
    where d.seq = any(cast(:seqs as bigint[]))
    order by d.seq
    """
)


def loaded(
    row: Mapping[str, Any], *, refuses: bool = False, refused: Mapping[bytes, Bounce] = _NO_BOUNCES
) -> Loaded:
    """`refuses`: the contact refuses offers. `refused`: mailboxes that their servers refused."""
    no_offer = (
        refuses or not row["email_proposal"] or row["held_by"] is not None or row["offered_apart"]
    )
    muted = row["class"] == "notice" and no_offer and row["channel"] == "email"
    contact = _contact(row)
    bounce = (
        refused.get(contact.mailbox)
        if contact is not None and contact.mailbox is not None
        else None
    )
    facts = KeptFacts(row["facts"])
    delivery = Claimed(
        **{name: row[name] for name in _PLAIN},
        cls=row["class"],
        proposes=None if muted else row["proposes"],
        facts=facts.without_offer() if muted else facts,
        task=row["ordered"],
        contact=contact,
        alert_row=_alert(row),
        locale=row["account_locale"] or "en",
        climbs=climbs(row["threshold"], row["facts"].get("limit"), row["told"] or ()),
        address_was_refused=bounce is not None,
        signer=_signer(row, "signer"),
        copy_to=_signer(row, "copy"),
    )
    return Loaded(delivery, _circumstances(row, delivery, bounce, refuses=refuses))


def _circumstances(
    row: Mapping[str, Any], delivery: Claimed, bounce: Bounce | None, *, refuses: bool
) -> Circumstances:
    alert, contact = delivery.alert_row, delivery.contact
    return Circumstances(
        alert_state=alert["state"] if alert else None,
        task_completed=bool(row["task_completed"]),
        task_changed=bool(row["task_changed"]),
        has_account=row["has_account"],
        has_contact=row["contact"] is None or contact is not None,
        has_address=row["channel"] != "email" or bool(row["email"]),
        role=None if contact is None else contact.role,
        address_refused=bounce.reason
        if bounce is not None and bounce.holds(row["given_at"] or row["account_since"])
        else None,
        email_notice=row["email_notice"],
        email_proposal=row["email_proposal"] and not refuses,
        in_app_proposal=row["in_app_proposal"] and not refuses,
        held_by=row["held_by"],
        proposal_state=row["proposal_state"],
    )


def _contact(row: Mapping[str, Any]) -> Contact | None:
    if row["contact_id"] is None:
        return None
    mailbox = mailbox_of(row["email"]) if row["channel"] == "email" else None
    return Contact(
        row["contact_id"],
        row["name"],
        row["email"] or "",
        row["role"],
        row["locale"] or "en",
        mailbox,
        row["given_at"],
    )


def _signer(row: Mapping[str, Any], place: str) -> Colleague | None:
    name = row[f"{place}_name"]
    return Colleague(row[f"{place}_id"], name, row[f"{place}_email"]) if name else None


def _alert(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Reads times and amounts from the columns: JSON would turn them into strings."""
    found: dict[str, Any] | None = row["alert_row"]
    return found and found | {
        name: row[name] for name in ("reached_at", "resolved_at", "used", "limit")
    }


_PLAIN = (
    "id",
    "notification",
    "account",
    "channel",
    "claim",
    "attempts",
    "step",
    "by_hand",
    "resume_at",
    "in_doubt",
    "repeated",
    "deadline_at",
    "created_at",
    "told_at",
    "kind",
    "alert",
    "company",
    "external_id",
    "task_in_doubt",
    "was_parked",
    "told_owner",
    "told_task",
    "unlinked",
    "key",
)


async def show(session: Session, space: int, owner: int) -> None:
    """Shows that this process is alive for as long as the session lasts."""
    await session.execute("select pg_advisory_lock($1, $2)", space, owner)


async def check(session: Session) -> None:
    """Raises if the session has ended."""
    await session.execute("select 1")


async def expire_dead(conn: AsyncConnection, space: int) -> int:
    """Ends the leases of processes that no longer hold a lock of the space.

    Not right after a restart of PostgreSQL, when no process holds one yet.
    """
    return (await conn.execute(_EXPIRE_DEAD, {"space": space})).rowcount


_EXPIRE_DEAD = text(
    """
    update delivery d set lease_until = clock_timestamp()
    where d.state = 'sending' and d.lease_until > clock_timestamp()
        and pg_postmaster_start_time() < clock_timestamp() - interval '15 seconds'
        and d.owner not in (select cast(l.objid as bigint) from pg_locks l
                          where l.locktype = 'advisory' and l.classid = :space and l.granted
                            and l.database = (select oid from pg_database
                                where datname = current_database()))
    """
)


async def begin(conn: AsyncConnection, delivery: Claimed) -> bool:
    """Marks it as handed over from now on. False: another process has it, or it was withdrawn."""
    return (await conn.execute(_BEGIN, {"id": delivery.id, "claim": delivery.claim})).rowcount == 1


_BEGIN = text(
    """
    update delivery set repeated = repeated or in_doubt, in_doubt = true
    where id = :id and claim = :claim and state = 'sending' and lease_until > clock_timestamp()
    """
)


async def settle(
    conn: AsyncConnection, delivery: Claimed, change: Change, outcome: str, now: datetime
) -> bool:
    """Writes an attempt's outcome; False, without writing, if another process has claimed it.

    `outcome`: in a word, for the list of attempts.
    """
    ended = change.state not in NOT_ENDED
    values = {
        "id": delivery.id,
        "claim": delivery.claim,
        "state": change.state,
        "attempts": change.attempts,
        "step": change.step,
        "in_doubt": change.in_doubt,
        "repeated": change.repeated,
        "next": change.next_attempt_at,
        "error": change.last_error,
        "outcome": outcome,
        "at": iso(now),
        "delivered": now if change.state == "delivered" else None,
        "ended": now if ended else None,
        # An attempt that did not count is still owed.
        "by_hand": delivery.by_hand and change.attempts < delivery.attempts,
    }
    if change.state in _FAILED:
        changes.note(conn, "delivery", [delivery.id])
    return (await conn.execute(_SETTLE, values)).rowcount == 1


_SETTLE = text(
    """
    update delivery
    set state = cast(:state as text), attempts = :attempts, step = :step, in_doubt = :in_doubt,
        repeated = :repeated, next_attempt_at = :next,
        last_error = cast(:error as text), cause = null, delivered_at = :delivered,
        ended_at = :ended, by_hand = :by_hand, lease_until = null,
        tried = case when jsonb_array_length(tried) < 30 then tried else tried - 0 end
            || jsonb_build_array(jsonb_build_object('at', cast(:at as text),
                'outcome', cast(:outcome as text), 'answer', cast(:error as text),
                'state', cast(:state as text)))
    where id = :id and claim = :claim and state = 'sending'
    """
)


async def drop(
    conn: AsyncConnection, dropped: Sequence[tuple[Claimed, Unwanted]], now: datetime
) -> None:
    """Ends claimed deliveries that are not sent."""
    if not dropped:
        return
    columns = {
        "ids": [delivery.id for delivery, _ in dropped],
        "states": [why.state for _, why in dropped],
        "reasons": [why.reason for _, why in dropped],
        "causes": [why.cause for _, why in dropped],
        "now": now,
    }
    await conn.execute(_DROP, columns)


_DROP = text(
    """
    update delivery d
    set state = u.state, last_error = u.reason, attempts = d.attempts - 1, next_attempt_at = null,
        lease_until = null, ended_at = :now,
        by_hand = false, cause = u.cause
    from unnest(cast(:ids as text[]), cast(:states as text[]), cast(:reasons as text[]),
        cast(:causes as text[])) as u(id, state, reason, cause)
    where d.id = u.id and d.state = 'sending'
    """
)


async def release(conn: AsyncConnection, delivery: Claimed, now: datetime, *, begun: bool) -> None:
    """Releases what this process will not finish.

    If it was handed over it stays in doubt: its lease ends now, and the next process sees that.
    """
    await conn.execute(
        _ABANDON if begun else _RETURN,
        {"id": delivery.id, "claim": delivery.claim} | ({} if begun else {"now": now}),
    )


async def put_back(conn: AsyncConnection, seqs: Sequence[int], now: datetime) -> None:
    """Undoes a claim made in this transaction."""
    await conn.execute(_PUT_BACK, {"seqs": list(seqs), "now": now})


async def postpone(conn: AsyncConnection, waiting: Mapping[str, datetime]) -> None:
    """Puts claimed deliveries back until a time, by delivery id. The deadline moves too."""
    if waiting:
        await conn.execute(
            _POSTPONE,
            {"ids": list(waiting), "moments": list(waiting.values()), "room": OFFER_HOURS},
        )


async def drop_idle(conn: AsyncConnection, now: datetime) -> None:
    """Unparks accounts whose pause is over and that have no waiting delivery."""
    await conn.execute(_DROP_IDLE, {"now": now})


_PUT_BACK = text(
    """
    update delivery
    set state = case when attempts > 1 then 'retrying' else 'queued' end, attempts = attempts - 1,
        next_attempt_at = :now,
        lease_until = null
    where seq = any(cast(:seqs as bigint[])) and state = 'sending'
    """
)
_POSTPONE = text(
    """
    update delivery d
    set state = case when d.attempts > 1 then 'retrying' else 'queued' end,
        attempts = d.attempts - 1, next_attempt_at = u.at,
        deadline_at = greatest(d.deadline_at, u.at + cast(:room as interval)), lease_until = null
    from unnest(cast(:ids as text[]), cast(:moments as timestamptz[])) as u(id, at)
    where d.id = u.id and d.state = 'sending'
    """
)
_DROP_IDLE = text(
    """
    delete from parked p where p.service = 'notifier' and p.lane = 'delivery'
        and p.next_attempt_at <= :now
      and not exists (select 1 from delivery d where d.account = p.account
          and d.state in ('queued', 'sending', 'retrying'))
    """
)
_ABANDON = text(
    "update delivery set lease_until = clock_timestamp() "
    "where id = :id and claim = :claim and state = 'sending'"
)
_RETURN = text(
    """
    update delivery
    set state = case when attempts > 1 then 'retrying' else 'queued' end, attempts = attempts - 1,
        next_attempt_at = :now, lease_until = null
    where id = :id and claim = :claim and state = 'sending'
    """
)


async def next_due(conn: AsyncConnection, channel: str) -> datetime | None:
    """Returns when the channel's next waiting delivery is due; this may be in the past."""
    found: datetime | None = (await conn.execute(_NEXT_DUE, {"channel": channel})).scalar_one()
    return found


_NEXT_DUE = text(
    "select min(next_attempt_at) "
    "from delivery where channel = :channel and state in ('queued', 'retrying')"
)


async def busy_channels(conn: AsyncConnection, now: datetime) -> set[str]:
    """Returns the channels with work that is due at `now` or in flight."""
    return {row.channel for row in await conn.execute(_BUSY, {"now": now})}


_BUSY = text(
    f"""
    select distinct d.channel from delivery d
    where d.state in ('queued', 'retrying') and d.next_attempt_at <= :now
      and not exists (select 1 from delivery e where e.channel = d.channel and e.lane = d.lane
          and e.seq < d.seq
                      and e.state in ('queued', 'retrying', 'sending'))
      and {_NOT_PARKED}
    union select distinct channel from delivery where state = 'sending'
    """
)


async def cancel_due(conn: AsyncConnection, channel: str, now: datetime, reason: str) -> int:
    """Cancels what is due for a channel that is off."""
    return (
        await conn.execute(_CANCEL_DUE, {"channel": channel, "now": now, "reason": reason})
    ).rowcount


_CANCEL_DUE = text(
    """
    update delivery
    set state = case when in_doubt then 'unknown' else 'cancelled' end, last_error = :reason,
        cause = null, next_attempt_at = null, ended_at = :now
    where channel = :channel and state in ('queued', 'retrying') and next_attempt_at <= :now
    """
)


async def give_up_due(conn: AsyncConnection, channel: str, now: datetime, reason: str) -> list[str]:
    """Gives up what is due for a channel that its receiver disabled, so that it can be recovered.

    Returns the new state of each.
    """
    found = await conn.execute(_GIVE_UP_DUE, {"channel": channel, "now": now, "reason": reason})
    states = [row.state for row in found]
    if states:
        changes.note(conn, "delivery", [changes.EVERYTHING])
    return states


_GIVE_UP_DUE = text(
    """
    update delivery
    set state = case when in_doubt then 'unknown' else 'dead' end, last_error = :reason,
        cause = null, next_attempt_at = null, ended_at = :now
    where channel = :channel and state in ('queued', 'retrying') and next_attempt_at <= :now
    returning state
    """
)


async def oldest_due(conn: AsyncConnection) -> dict[str, datetime]:
    """Returns by channel the earliest deadline of its waiting deliveries."""
    return {row.channel: row.deadline for row in await conn.execute(_OLDEST_DUE)}


async def standing(conn: AsyncConnection) -> dict[str, Waiting]:
    """By channel what waits, and when something was last delivered."""
    channels = {"channels": list(KINDS.channels)}
    return {
        row.channel: Waiting(row.number, row.deadline, row.delivered_at)
        for row in await conn.execute(_STANDING, channels)
    }


_STANDING = text(
    """
    select c.channel, coalesce(w.number, 0) as number, w.deadline,
        (select d.delivered_at from delivery d where d.channel = c.channel
            and d.state = 'delivered' order by d.seq desc limit 1) as delivered_at
    from unnest(cast(:channels as text[])) as c(channel)
    left join (
        select channel, count(*) as number, min(deadline_at) as deadline from delivery
        where state in ('queued', 'retrying') group by channel) w on w.channel = c.channel
    """
)
_OLDEST_DUE = text(
    "select channel, min(deadline_at) as deadline "
    "from delivery where state in ('queued', 'retrying') group by channel"
)


async def know_task(
    conn: AsyncConnection, key: str, channel: str, told: Delivered, now: datetime
) -> None:
    """Records the task's id in this CRM, its owner here, whether it has a company there, and what
    was written: the task is read from now on, and what was written is not news.
    """
    await conn.execute(
        _KNOW_TASK,
        {
            "key": key,
            "channel": channel,
            "external_id": told.external_id,
            "owner": told.owner,
            "unlinked": told.unlinked,
            "status": told.wrote.status,
            "due": told.wrote.due_at,
            "there": told.wrote.owner,
            "now": now,
        },
    )


_KNOW_TASK = text(
    """
    update crm_task t set external_id = :external_id, owner = coalesce(:owner, owner),
        unlinked = coalesce(:unlinked, unlinked),
        seen_status = coalesce(:status, case when external_id = :external_id then seen_status end),
        seen_due = coalesce(:due, case when external_id = :external_id then seen_due end),
        seen_owner = coalesce(:there, case when external_id = :external_id then seen_owner end),
        seen_attempts = (select sum(d.attempts) from delivery d where d.task = t.key
            and d.channel = t.channel),
        next_read_at = coalesce(next_read_at, :now)
    where key = :key and channel = :channel
    """
)


async def suppress_mailbox(
    conn: AsyncConnection, mailbox: bytes, delivery: Claimed, reason: str, now: datetime
) -> None:
    """Records that its server refused the mailbox. Replaces an earlier refusal."""
    await conn.execute(
        _SUPPRESS, {"mailbox": mailbox, "reason": reason, "delivery": delivery.id, "now": now}
    )


_SUPPRESS = text(
    """
    insert into suppressed_address (address, reason, delivery, at) values (:mailbox, :reason,
        :delivery, :now)
    on conflict (address) do update set reason = excluded.reason, delivery = excluded.delivery,
        at = excluded.at
    """
)


async def unsuppress_mailbox(conn: AsyncConnection, mailbox: bytes) -> None:
    """Forgets the refusal, because a mail reached the mailbox."""
    await conn.execute(_UNSUPPRESS, {"mailbox": mailbox})


_UNSUPPRESS = text("delete from suppressed_address where address = :mailbox")


async def bounces(conn: AsyncConnection, mailboxes: Collection[bytes]) -> dict[bytes, Bounce]:
    """Returns which of the mailboxes were refused by their servers."""
    if not mailboxes:
        return {}
    rows = await conn.execute(_BOUNCES, {"mailboxes": list(mailboxes)})
    return {bytes(row.address): Bounce(row.reason, row.at) for row in rows}


_BOUNCES = text(
    "select address, reason, at "
    "from suppressed_address where address = any(cast(:mailboxes as bytea[]))"
)


async def copies(
    conn: AsyncConnection, keys: Collection[str], addresses: Collection[str]
) -> list[Mapping[str, Any]]:
    """Returns the mails that may go to the mailboxes of `addresses`, of the messages that have more
    than one, and locks all of the messages.

    Messages with one mail are locked too: another mail may be added while this one is claimed.
    """
    await conn.execute(_LOCK_MESSAGES, {"keys": sorted(keys)})
    shared = sorted({row.key for row in await conn.execute(_SHARED, {"keys": list(keys)})})
    if not shared:
        return []
    given = {
        "keys": shared,
        "addresses": list(addresses),
        "mailboxes": [mailbox(address) for address in addresses],
    }
    return [dict(row._mapping) for row in await conn.execute(_COPIES, given)]


async def address_mails(conn: AsyncConnection, mailboxes: Mapping[str, bytes | None]) -> None:
    """Records the mailbox that each of these deliveries is being sent to."""
    if mailboxes:
        await conn.execute(
            _ADDRESS, {"ids": list(mailboxes), "mailboxes": list(mailboxes.values())}
        )


async def note_signers(conn: AsyncConnection, signers: Mapping[str, str | None]) -> None:
    """Records by notification in whose name it is being sent."""
    if signers:
        given = {"ids": list(signers), "signers": list(signers.values())}
        await conn.execute(_NOTE_SIGNERS, given)


_NOTE_SIGNERS = text(
    """
    update notification n set facts = jsonb_set(n.facts, '{signed,by}',
        coalesce(to_jsonb(s.signer), 'null'))
    from unnest(cast(:ids as text[]), cast(:signers as text[])) as s(id, signer)
    where n.id = s.id and n.facts -> 'signed' is not null
    """
)
_SHARED = text(
    """
    select n.key from notification n join delivery d on d.notification = n.id
        and d.channel = 'email'
    where n.key = any(cast(:keys as text[])) group by n.key having count(*) > 1
    """
)
_LOCK_MESSAGES = text(
    """
    select pg_advisory_xact_lock(hashtextextended('message ' || k.key, 7))
    from unnest(cast(:keys as text[])) with ordinality as k(key, n) order by k.n
    """
)
_COPIES = text(
    """
    select n.key, d.account, d.contact, d.id, d.seq, d.state, d.in_doubt, d.mailbox, n.class,
        n.proposes, n.facts -> 'signed' is not null as is_signed
    from notification n join delivery d on d.notification = n.id and d.channel = 'email'
    left join contact c on c.account = d.account and c.id = d.contact
    where n.key = any(cast(:keys as text[])) and (d.mailbox = any(cast(:mailboxes as bytea[]))
        or lower(split_part(c.email, '@', 1)) in (select lower(split_part(a, '@', 1))
            from unnest(cast(:addresses as text[])) as a))
    order by d.seq
    """
)
_ADDRESS = text(
    """
    update delivery d set mailbox = m.mailbox from unnest(cast(:ids as text[]),
        cast(:mailboxes as bytea[])) as m(id, mailbox)
    where d.id = m.id
    """
)
