"""The queue of deliveries: claimed with a lease, handed over, settled; every later word is fenced by the number of the claim."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import Claimed, Contact, Delivered
from services.notifier.lifecycle import Change, Circumstances, Unwanted
from services.notifier.schedule import OFFER_HOURS
from services.notifier.task_levels import climbs
from shared.mailboxes import mailbox_of

NOT_ENDED = ("queued", "sending", "retrying")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mailbox that its server refused, for every account."""

    reason: str
    at: datetime

    def holds(self, given_at: datetime | None) -> bool:
        """Whether it says anything about an address that was given at that moment: one that is given again is tried again."""
        return given_at is None or self.at >= given_at


_NO_BOUNCES: Mapping[bytes, Bounce] = {}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A claimed delivery with what may have changed since it was made."""

    delivery: Claimed
    seen: Circumstances


async def claim(conn: AsyncConnection, channel: str, now: datetime, room: int, lease: timedelta, owner: int) -> list[Mapping[str, Any]]:
    """Takes up to `room` due deliveries, and those whose process has died over them: a row each, for `loaded`.

    Of a lane only the oldest goes, and only alone. What is set aside with its account waits until its pause has ended.
    `now` is the clock's; leases run by the database's own, which no test clock moves.
    """
    found = await conn.execute(_CLAIM, {"channel": channel, "now": now, "room": room, "lease": lease, "owner": owner})
    seqs = [row.seq for row in found]
    return [dict(row._mapping) for row in await conn.execute(_LOAD, {"seqs": seqs})] if seqs else []


PARKED_LANE = "delivery"
_NOT_PARKED = """
    not exists (select 1 from parked p where p.service = 'notifier' and p.lane = 'delivery' and p.account = d.account
                and p.next_attempt_at > :now)
"""
_CLAIM = text(
    f"""
    with due as (
        select d.seq from delivery d
        where d.channel = :channel and d.state in ('queued', 'retrying') and d.next_attempt_at <= :now
          and not exists (select 1 from delivery e where e.channel = d.channel and e.lane = d.lane and e.seq <> d.seq
                          and (e.state = 'sending' or (e.state in ('queued', 'retrying') and e.seq < d.seq)))
          and {_NOT_PARKED}
        order by d.next_attempt_at, d.seq limit :room for update skip locked
    ), orphaned as (
        select seq from delivery where channel = :channel and state = 'sending' and lease_until < clock_timestamp()
        order by lease_until limit :room for update skip locked
    ), taken as (select seq from orphaned union all select seq from due limit :room)
    update delivery d
    set state = 'sending', attempts = d.attempts + 1, claim = d.claim + 1, owner = :owner, next_attempt_at = null,
        lease_until = clock_timestamp() + cast(:lease as interval)
    from taken where d.seq = taken.seq
    returning d.seq
    """
)


_LOAD = text(
    """
    select d.*, n.kind, n.class, n.proposes, n.facts, n.task as ordered, n.key, n.recipient, n.meter, n.decision, n.created_at as told_at,
           case when n.class = 'notice' and n.proposes is not null and d.channel = 'email' then
               exists (select 1 from notification o where o.key = n.key || '-offer' and o.recipient = n.recipient)
           else false end as offered_apart,
           a.id is not null as has_account, a.locale as account_locale, a.external_ids ->> 'hubspot' as company,
           c.id as contact_id, c.name, c.email, c.role, coalesce(c.locale, a.locale) as locale,
           coalesce(p.email_notice, true) as email_notice, coalesce(p.email_proposal, true) as email_proposal,
           coalesce(p.in_app_proposal, true) as in_app_proposal, h.given_at, a.created_at as account_since,
           case when n.class = 'proposal' or n.proposes is not null then
               (select min(gate) from suppression h where h.account = d.account and h.gate not in ('opted_out', 'frequency_cap'))
           end as held_by,
           t.external_id, t.completed_at is not null as task_completed, t.owner as told_owner, coalesce(t.unlinked, false) as unlinked,
           n.threshold, case when d.task is not null then
               (select jsonb_agg(jsonb_build_array(m.threshold, m.facts -> 'limit'))
                from delivery e join notification m on m.id = e.notification
                where e.task = d.task and e.seq < d.seq and e.state in ('delivered', 'unknown') and m.threshold is not null)
           end as told,
           exists (select 1 from parked p where p.service = 'notifier' and p.lane = 'delivery' and p.account = d.account) as was_parked,
           exists (select 1 from delivery e where e.task = d.task and e.in_doubt and e.seq <> d.seq) as task_in_doubt,
           case when al.id is not null then to_jsonb(al) end as alert_row, al.reached_at, al.resolved_at, al.used, al."limit"
    from delivery d
    join notification n on n.id = d.notification
    left join account a on a.id = d.account
    left join contact c on c.account = d.account and c.id = d.contact
    left join preference p on p.account = d.account and p.contact = d.contact
    left join contact_history h on h.account = c.account and h.contact = c.id
    left join crm_task t on t.key = d.task
    left join alert al on al.id = d.alert
    where d.seq = any(cast(:seqs as bigint[]))
    order by d.seq
    """
)


def loaded(row: Mapping[str, Any], *, refuses: bool = False, refused: Mapping[bytes, Bounce] = _NO_BOUNCES) -> Loaded:
    """`refuses`: the contact gets no offers. `refused`: mailboxes that their servers have refused."""
    no_offer = refuses or not row["email_proposal"] or row["held_by"] is not None or row["offered_apart"]
    muted = row["class"] == "notice" and no_offer and row["channel"] == "email"
    contact = _contact(row)
    bounce = refused.get(contact.mailbox) if contact is not None and contact.mailbox is not None else None
    delivery = Claimed(
        **{name: row[name] for name in _PLAIN},
        cls=row["class"],
        proposes=None if muted else row["proposes"],
        facts={**row["facts"], "proposal": None} if muted else row["facts"],
        task=row["ordered"],
        contact=contact,
        alert_row=_alert(row),
        locale=row["account_locale"] or "en",
        climbs=climbs(row["threshold"], row["facts"].get("limit"), row["told"] or ()),
        address_was_refused=bounce is not None,
    )
    alert = delivery.alert_row
    seen = Circumstances(
        alert_state=alert["state"] if alert else None,
        task_completed=bool(row["task_completed"]),
        has_account=row["has_account"],
        has_contact=row["contact"] is None or contact is not None,
        has_address=row["channel"] != "email" or bool(row["email"]),
        role=None if contact is None else contact.role,
        address_refused=bounce.reason if bounce is not None and bounce.holds(row["given_at"] or row["account_since"]) else None,
        email_notice=row["email_notice"],
        email_proposal=row["email_proposal"] and not refuses,
        in_app_proposal=row["in_app_proposal"] and not refuses,
        held_by=row["held_by"],
    )
    return Loaded(delivery, seen)


def _contact(row: Mapping[str, Any]) -> Contact | None:
    if row["contact_id"] is None:
        return None
    mailbox = mailbox_of(row["email"]) if row["channel"] == "email" else None
    return Contact(row["contact_id"], row["name"], row["email"] or "", row["role"], row["locale"] or "en", mailbox, row["given_at"])


def _alert(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Moments and amounts as the columns hold them: JSON would make texts of them."""
    found: dict[str, Any] | None = row["alert_row"]
    return found and found | {name: row[name] for name in ("reached_at", "resolved_at", "used", "limit")}


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
    "unlinked",
    "key",
)


async def expire_dead(conn: AsyncConnection, space: int) -> int:
    """Ends the leases of processes that hold no lock of the space any more.

    Not right after a restart of PostgreSQL: then nobody holds one.
    """
    return (await conn.execute(_EXPIRE_DEAD, {"space": space})).rowcount


_EXPIRE_DEAD = text(
    """
    update delivery d set lease_until = clock_timestamp()
    where d.state = 'sending' and d.lease_until > clock_timestamp() and pg_postmaster_start_time() < clock_timestamp() - interval '15
    seconds' and d.owner not in (select cast(l.objid as bigint) from pg_locks l
                          where l.locktype = 'advisory' and l.classid = :space and l.granted
                            and l.database = (select oid from pg_database where datname = current_database()))
    """
)


async def begin(conn: AsyncConnection, delivery: Claimed) -> bool:
    """Marks that it is handed over from now on. False when another process has taken it over, or somebody has withdrawn it."""
    return (await conn.execute(_BEGIN, {"id": delivery.id, "claim": delivery.claim})).rowcount == 1


_BEGIN = text(
    """
    update delivery set repeated = repeated or in_doubt, in_doubt = true
    where id = :id and claim = :claim and state = 'sending' and lease_until > clock_timestamp()
    """
)


async def settle(conn: AsyncConnection, delivery: Claimed, change: Change, now: datetime) -> bool:
    """Writes an attempt's outcome. False, and nothing is written, when it comes too late: another process has the delivery."""
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
        "delivered": now if change.state == "delivered" else None,
        "ended": now if ended else None,
        # An attempt that was not counted has still to be made.
        "by_hand": delivery.by_hand and change.attempts < delivery.attempts,
    }
    return (await conn.execute(_SETTLE, values)).rowcount == 1


_SETTLE = text(
    """
    update delivery
    set state = :state, attempts = :attempts, step = :step, in_doubt = :in_doubt, repeated = :repeated, next_attempt_at = :next,
        last_error = :error, delivered_at = :delivered, ended_at = :ended, by_hand = :by_hand, lease_until = null
    where id = :id and claim = :claim and state = 'sending'
    """
)


async def drop(conn: AsyncConnection, dropped: Sequence[tuple[Claimed, Unwanted]], now: datetime) -> None:
    """Ends claimed deliveries that were not sent after all."""
    if not dropped:
        return
    columns = {
        "ids": [delivery.id for delivery, _ in dropped],
        "states": [why.state for _, why in dropped],
        "reasons": [why.reason for _, why in dropped],
        "now": now,
    }
    await conn.execute(_DROP, columns)


_DROP = text(
    """
    update delivery d
    set state = u.state, last_error = u.reason, attempts = d.attempts - 1, next_attempt_at = null, lease_until = null, ended_at = :now,
    by_hand = false from unnest(cast(:ids as text[]), cast(:states as text[]), cast(:reasons as text[])) as u(id, state, reason)
    where d.id = u.id and d.state = 'sending'
    """
)


async def release(conn: AsyncConnection, delivery: Claimed, now: datetime, *, begun: bool) -> None:
    """Gives back what this process will not finish.

    What was handed over stays in doubt: its lease ends at once, and whoever takes it knows.
    """
    await conn.execute(_ABANDON if begun else _RETURN, {"id": delivery.id, "claim": delivery.claim} | ({} if begun else {"now": now}))


async def put_back(conn: AsyncConnection, seqs: Sequence[int], now: datetime) -> None:
    """Claimed just now, and not to be sent: as if nobody had claimed them."""
    await conn.execute(_PUT_BACK, {"seqs": list(seqs), "now": now})


async def postpone(conn: AsyncConnection, waiting: Mapping[str, datetime]) -> None:
    """Claimed just now, and not to be sent before a moment: by the delivery's id. There is time to send it then, whatever it waited."""
    if waiting:
        await conn.execute(_POSTPONE, {"ids": list(waiting), "moments": list(waiting.values()), "room": OFFER_HOURS})


async def drop_idle(conn: AsyncConnection, now: datetime) -> None:
    """Accounts that are set aside, and of which no delivery waits any more."""
    await conn.execute(_DROP_IDLE, {"now": now})


_PUT_BACK = text(
    """
    update delivery
    set state = case when attempts > 1 then 'retrying' else 'queued' end, attempts = attempts - 1, next_attempt_at = :now,
        lease_until = null
    where seq = any(cast(:seqs as bigint[])) and state = 'sending'
    """
)
_POSTPONE = text(
    """
    update delivery d
    set state = case when d.attempts > 1 then 'retrying' else 'queued' end, attempts = d.attempts - 1, next_attempt_at = u.at,
        deadline_at = greatest(d.deadline_at, u.at + cast(:room as interval)), lease_until = null
    from unnest(cast(:ids as text[]), cast(:moments as timestamptz[])) as u(id, at)
    where d.id = u.id and d.state = 'sending'
    """
)
_DROP_IDLE = text(
    """
    delete from parked p where p.service = 'notifier' and p.lane = 'delivery' and p.next_attempt_at <= :now
      and not exists (select 1 from delivery d where d.account = p.account and d.state in ('queued', 'sending', 'retrying'))
    """
)
_ABANDON = text("update delivery set lease_until = clock_timestamp() where id = :id and claim = :claim and state = 'sending'")
_RETURN = text(
    """
    update delivery
    set state = case when attempts > 1 then 'retrying' else 'queued' end, attempts = attempts - 1, next_attempt_at = :now, lease_until =
    null where id = :id and claim = :claim and state = 'sending'
    """
)


async def next_due(conn: AsyncConnection, channel: str) -> datetime | None:
    """When the next waiting delivery of the channel is due; perhaps long ago."""
    found: datetime | None = (await conn.execute(_NEXT_DUE, {"channel": channel})).scalar_one()
    return found


_NEXT_DUE = text("select min(next_attempt_at) from delivery where channel = :channel and state in ('queued', 'retrying')")


async def busy_channels(conn: AsyncConnection, now: datetime) -> set[str]:
    """The channels with work that is due at `now` or under way."""
    return {row.channel for row in await conn.execute(_BUSY, {"now": now})}


_BUSY = text(
    f"""
    select distinct d.channel from delivery d
    where d.state in ('queued', 'retrying') and d.next_attempt_at <= :now
      and not exists (select 1 from delivery e where e.channel = d.channel and e.lane = d.lane and e.seq < d.seq
                      and e.state in ('queued', 'retrying', 'sending'))
      and {_NOT_PARKED}
    union select distinct channel from delivery where state = 'sending'
    """
)


async def cancel_due(conn: AsyncConnection, channel: str, now: datetime, reason: str) -> int:
    """What is due for a channel that is off."""
    return (await conn.execute(_CANCEL_DUE, {"channel": channel, "now": now, "reason": reason})).rowcount


_CANCEL_DUE = text(
    """
    update delivery
    set state = case when in_doubt then 'unknown' else 'cancelled' end, last_error = :reason, next_attempt_at = null, ended_at = :now
    where channel = :channel and state in ('queued', 'retrying') and next_attempt_at <= :now
    """
)


async def give_up_due(conn: AsyncConnection, channel: str, now: datetime, reason: str) -> list[str]:
    """What is due for a channel that its receiver disabled: given up, so that it can be recovered. The new state of each."""
    found = await conn.execute(_GIVE_UP_DUE, {"channel": channel, "now": now, "reason": reason})
    return [row.state for row in found]


_GIVE_UP_DUE = text(
    """
    update delivery
    set state = case when in_doubt then 'unknown' else 'dead' end, last_error = :reason, next_attempt_at = null, ended_at = :now
    where channel = :channel and state in ('queued', 'retrying') and next_attempt_at <= :now
    returning state
    """
)


async def oldest_due(conn: AsyncConnection) -> dict[str, datetime]:
    """Channel -> the earliest deadline of what waits for it."""
    return {row.channel: row.deadline for row in await conn.execute(_OLDEST_DUE)}


_OLDEST_DUE = text("select channel, min(deadline_at) as deadline from delivery where state in ('queued', 'retrying') group by channel")


async def know_task(conn: AsyncConnection, key: str, told: Delivered) -> None:
    """What the CRM has of the task: its id there, who owns it here, and whether it belongs to a company."""
    await conn.execute(_KNOW_TASK, {"key": key, "external_id": told.external_id, "owner": told.owner, "unlinked": told.unlinked})


_KNOW_TASK = text(
    """
    update crm_task set external_id = :external_id, owner = coalesce(:owner, owner), unlinked = coalesce(:unlinked, unlinked)
    where key = :key
    """
)


async def suppress_mailbox(conn: AsyncConnection, mailbox: bytes, delivery: Claimed, reason: str, now: datetime) -> None:
    """Its server has refused it. What was known of it before is over."""
    await conn.execute(_SUPPRESS, {"mailbox": mailbox, "reason": reason, "delivery": delivery.id, "now": now})


_SUPPRESS = text(
    """
    insert into suppressed_address (address, reason, delivery, at) values (:mailbox, :reason, :delivery, :now)
    on conflict (address) do update set reason = excluded.reason, delivery = excluded.delivery, at = excluded.at
    """
)


async def unsuppress_mailbox(conn: AsyncConnection, mailbox: bytes) -> None:
    """A mail reached it after all."""
    await conn.execute(_UNSUPPRESS, {"mailbox": mailbox})


_UNSUPPRESS = text("delete from suppressed_address where address = :mailbox")


async def bounces(conn: AsyncConnection, mailboxes: Collection[bytes]) -> dict[bytes, Bounce]:
    """Those of the mailboxes that were refused by their servers."""
    if not mailboxes:
        return {}
    rows = await conn.execute(_BOUNCES, {"mailboxes": list(mailboxes)})
    return {bytes(row.address): Bounce(row.reason, row.at) for row in rows}


_BOUNCES = text("select address, reason, at from suppressed_address where address = any(cast(:mailboxes as bytea[]))")


async def copies(conn: AsyncConnection, keys: Collection[str]) -> list[Mapping[str, Any]]:
    """The mails of these messages, of those that have more than one. Until the transaction ends nobody else decides about them.

    Also about those that have one now: another may come while this one is claimed.
    """
    await conn.execute(_LOCK_MESSAGES, {"keys": sorted(keys)})
    shared = sorted({row.key for row in await conn.execute(_SHARED, {"keys": list(keys)})})
    if not shared:
        return []
    return [dict(row._mapping) for row in await conn.execute(_COPIES, {"keys": shared})]


async def address_mails(conn: AsyncConnection, mailboxes: Mapping[str, bytes | None]) -> None:
    """Notes the mailbox to which each of these deliveries is on its way."""
    if mailboxes:
        await conn.execute(_ADDRESS, {"ids": list(mailboxes), "mailboxes": list(mailboxes.values())})


_SHARED = text(
    """
    select n.key from notification n join delivery d on d.notification = n.id and d.channel = 'email'
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
    select n.key, d.account, d.contact, d.id, d.seq, d.state, d.in_doubt, d.mailbox, n.class, n.proposes
    from notification n join delivery d on d.notification = n.id and d.channel = 'email'
    where n.key = any(cast(:keys as text[])) order by d.seq
    """
)
_ADDRESS = text(
    """
    update delivery d set mailbox = m.mailbox from unnest(cast(:ids as text[]), cast(:mailboxes as bytea[])) as m(id, mailbox)
    where d.id = m.id
    """
)
