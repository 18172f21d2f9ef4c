"""Parked accounts by service and lane: a row that says why, and the waiting records in order.

A lane is what waits: a topic (its records), or another kind of the account's work (its timers, its
deliveries). `parked` waits because of a fault; `deferred` only waits its turn, because the account
brought more than its share.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiokafka.structs import TopicPartition
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure.requests import spares
from shared.kafka.clients import packed, unpacked
from shared.kafka.records import Record
from shared.loop.isolation import Failure

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_COUNTED = 100_000
"""Waiting records are counted no further than this, because it is done every second."""

Place = tuple[str, str]
"""(account, lane)"""


@dataclass(frozen=True, slots=True)
class Aside:
    """An account set aside in one lane. `attempts`: how often it has failed; 0 if it only waits its
    turn.
    """

    id: int
    account: str
    lane: str
    attempts: int

    @property
    def place(self) -> Place:
        return self.account, self.lane

    @property
    def is_deferred(self) -> bool:
        return self.attempts == 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting record. It is a replay if it was below the highest offset when it was set aside."""

    id: int
    account: str
    record: Record
    is_replay: bool


async def park(
    conn: AsyncConnection,
    service: str,
    failures: Mapping[Place, Failure],
    now: datetime,
    *,
    first: timedelta = FIRST_PAUSE,
    longest: timedelta = LONGEST_PAUSE,
) -> None:
    """Sets accounts aside, or postpones those that failed again. The pause doubles with every
    attempt.
    """
    if not failures:
        return
    ordered = sorted(failures.items(), key=lambda one: one[0])
    await conn.execute(
        _PARK,
        {
            "service": service,
            "accounts": [account for (account, _), _ in ordered],
            "lanes": [lane for (_, lane), _ in ordered],
            "parts": [one.part for _, one in ordered],
            "reasons": [one.reason for _, one in ordered],
            "traces": [one.trace for _, one in ordered],
            "now": now,
            "first": first,
            "longest": longest,
        },
    )


async def defer(
    conn: AsyncConnection, service: str, places: Collection[Place], now: datetime
) -> None:
    """Makes them wait their turn. One that is already parked stays parked."""
    if places:
        ordered = sorted(places)
        columns = {
            "accounts": [account for account, _ in ordered],
            "lanes": [lane for _, lane in ordered],
        }
        await conn.execute(_DEFER, {"service": service, "now": now} | columns)


async def hold(conn: AsyncConnection, service: str, places: Collection[Place]) -> set[Place]:
    """Which of these are set aside, and stay so until this transaction ends."""
    if not places:
        return set()
    ordered = sorted(places)
    columns = {
        "accounts": [account for account, _ in ordered],
        "lanes": [lane for _, lane in ordered],
    }
    return {
        (row.account, row.lane) for row in await conn.execute(_HOLD, {"service": service} | columns)
    }


async def keep(
    conn: AsyncConnection, service: str, records: Sequence[tuple[Place, Record, bool]]
) -> None:
    """Stores records of accounts that are set aside, and whether each is a replay. One that already
    waits is left unchanged.
    """
    if not records:
        return
    await conn.execute(
        _KEEP,
        {
            "service": service,
            "accounts": [account for (account, _), _, _ in records],
            "lanes": [lane for (_, lane), _, _ in records],
            "partitions": [record.partition for _, record, _ in records],
            "offsets": [record.offset for _, record, _ in records],
            "replays": [is_replay for _, _, is_replay in records],
            "keys": [record.key for _, record, _ in records],
            "values": [record.value for _, record, _ in records],
            "headers": [packed(record.headers) for _, record, _ in records],
            "timestamps": [record.timestamp for _, record, _ in records],
        },
    )


async def due(
    conn: AsyncConnection,
    service: str,
    partitions: Collection[TopicPartition],
    now: datetime,
    limit: int,
    *,
    deferred: bool,
) -> list[Aside]:
    """Accounts to retry now that have waiting records in these partitions; locked. Longest due
    first.
    """
    ordered = sorted(partitions)
    columns = {
        "topics": [partition.topic for partition in ordered],
        "partitions": [partition.partition for partition in ordered],
        "kind": "deferred" if deferred else "parked",
    }
    rows = await conn.execute(_DUE, {"service": service, "now": now, "limit": limit} | columns)
    return [Aside(row.id, row.account, row.lane, row.attempts) for row in rows]


async def records(
    conn: AsyncConnection,
    service: str,
    aside: Sequence[Aside],
    partitions: Collection[TopicPartition],
    prefix: str,
    each: int,
) -> list[Waiting]:
    """The first `each` waiting records of each account, in order. `prefix` precedes the topic's
    bare name.
    """
    columns = {"accounts": [one.account for one in aside], "lanes": [one.lane for one in aside]}
    rows = await conn.execute(_RECORDS, {"service": service, "each": each} | columns)
    found = [_waiting(row, prefix) for row in rows]
    return [
        one
        for one in found
        if TopicPartition(one.record.topic.removeprefix(prefix), one.record.partition) in partitions
    ]


async def drop(conn: AsyncConnection, ids: Collection[int]) -> None:
    """Deletes waiting records that have been applied."""
    await conn.execute(_DROP, {"ids": list(ids)})


async def release(
    conn: AsyncConnection, aside: Sequence[Aside], service: str, now: datetime
) -> set[str]:
    """Releases the accounts with nothing left to wait for and returns them; the others are due
    immediately, behind others that are due.
    """
    ids = [one.id for one in aside]
    gone = {row.account for row in await conn.execute(_RELEASE, {"ids": ids, "service": service})}
    await conn.execute(_GO_ON, {"ids": ids, "now": now})
    return gone


async def heal(
    conn: AsyncConnection, service: str, lane: str, accounts: Collection[str], now: datetime
) -> None:
    """Call before releasing these: accounts that failed for the same reason are retried
    immediately, because that cause is probably gone too.
    """
    await conn.execute(
        _HEAL, {"service": service, "lane": lane, "accounts": sorted(accounts), "now": now}
    )


async def hasten(conn: AsyncConnection, service: str, now: datetime) -> None:
    """Everything of a service that is parked is retried now, because the catalogue or the program
    has changed.
    """
    await conn.execute(_HASTEN, {"service": service, "now": now})


async def due_in(
    conn: AsyncConnection, service: str, lane: str, now: datetime, limit: int
) -> list[str]:
    """Accounts whose work in a lane without records is to be retried. Not locked: take the account
    locks, then read it.
    """
    rows = await conn.execute(
        _DUE_IN, {"service": service, "lane": lane, "now": now, "limit": limit}
    )
    return [row.account for row in rows]


async def wait_for(
    conn: AsyncConnection, service: str, lane: str, waiting: Mapping[str, Sequence[Any]]
) -> None:
    """Replaces what waits in a lane without records, as JSON. An account with nothing left is
    released.
    """
    accounts = sorted(waiting)
    columns = {
        "accounts": accounts,
        "waiting": [json.dumps(waiting[account]) for account in accounts],
    }
    await conn.execute(_WAIT_FOR, {"service": service, "lane": lane} | columns)
    nothing = [account for account in accounts if not waiting[account]]
    await let_go(conn, service, lane, nothing)


async def waiting_in(
    conn: AsyncConnection, service: str, lane: str, accounts: Collection[str]
) -> dict[str, list[Any]]:
    rows = await conn.execute(
        _WAITING_IN, {"service": service, "lane": lane, "accounts": sorted(accounts)}
    )
    return {row.account: json.loads(row.waiting) for row in rows}


async def let_go(conn: AsyncConnection, service: str, lane: str, accounts: Collection[str]) -> None:
    """Call when the work of these accounts in this lane has succeeded."""
    if accounts:
        await conn.execute(
            _LET_GO, {"service": service, "lane": lane, "accounts": sorted(accounts)}
        )


async def hasten_account(conn: AsyncConnection, account: str, at: datetime) -> None:
    """The account's waiting work is retried at `at`, or earlier if that was due. Decisions keep
    their own pauses.
    """
    await conn.execute(_HASTEN_ACCOUNT, {"account": account, "at": at})


@dataclass(frozen=True, slots=True)
class Standing:
    """How many accounts are parked in a service, how many records wait their turn (at most
    `MOST_COUNTED`), and whether any account is due for a retry.
    """

    accounts: int
    deferred: int
    is_due: bool


async def standing(
    conn: AsyncConnection, service: str, topics: Collection[str], now: datetime
) -> Standing:
    """`topics`: the lanes whose records the loop retries."""
    row = (
        await conn.execute(_STANDING, {"service": service, "topics": list(topics), "now": now})
    ).one()
    deferred = (
        (await conn.execute(_DEFERRED, {"service": service, "most": MOST_COUNTED})).scalar_one()
        if row.deferred
        else 0
    )
    return Standing(row.accounts, deferred, bool(row.due))


async def named(conn: AsyncConnection, service: str, limit: int) -> list[Row[Any]]:
    """Which accounts are parked and why, longest first."""
    return list(await conn.execute(_NAMES, {"service": service, "limit": limit}))


async def listed(
    conn: AsyncConnection,
    *,
    service: str | None,
    account: str | None,
    before: int | None,
    limit: int,
) -> list[Row[Any]]:
    """The parked accounts by failing part, newest first, with how many records (or other work) of
    each wait.
    """
    return list(
        await conn.execute(
            _LISTED, {"service": service, "account": account, "before": before, "limit": limit}
        )
    )


async def retry(conn: AsyncConnection, id: int, now: datetime) -> Row[Any] | None:
    """Makes it due immediately, in all lanes in which the same part of the account failed; None if
    nothing is parked under this id.
    """
    await conn.execute(_RETRY, {"id": id, "now": now})
    return (await conn.execute(_ONE, {"id": id})).one_or_none()


def _waiting(row: Any, prefix: str) -> Waiting:
    record = Record(
        topic=prefix + row.lane,
        partition=row.partition,
        offset=row.offset,
        timestamp=row.timestamp,
        key=row.key,
        value=row.value,
        headers=unpacked(row.headers),
    )
    return Waiting(row.id, row.account, record, row.is_replay)


_PAUSE = (
    "least(cast(:longest as interval), cast(:first as interval) * power(2, least(p.attempts, 30)))"
)
_PARK = text(
    f"""
    insert into parked as p (service, account, lane, kind, part, reason, traceback, since,
        attempts, next_attempt_at)
    select :service, f.account, f.lane, 'parked', f.part, f.reason, f.trace, t.now, 1,
        t.now + cast(:first as interval)
    from unnest(cast(:accounts as text[]), cast(:lanes as text[]), cast(:parts as text[]),
        cast(:reasons as text[]),
                cast(:traces as text[])) as f(account, lane, part, reason, trace),
                    (select cast(:now as timestamptz)) as t(now)
    on conflict (service, account, lane) do update
    set kind = 'parked', part = excluded.part, reason = excluded.reason,
        traceback = excluded.traceback, attempts = p.attempts + 1,
        since = case when p.kind = 'parked' then p.since else excluded.since end,
            next_attempt_at = cast(:now as timestamptz) + {_PAUSE}
    """
)
_DEFER = text(
    """
    insert into parked (service, account, lane, kind, part, reason, traceback, since, attempts,
        next_attempt_at)
    select :service, f.account, f.lane, 'deferred', '', '', '', cast(:now as timestamptz), 0,
        cast(:now as timestamptz)
    from unnest(cast(:accounts as text[]), cast(:lanes as text[])) as f(account, lane)
    on conflict (service, account, lane) do nothing
    """
)
# Releasing an account locks its row for update: so either it is gone and not found, or it stays set
# aside until we end.
_HOLD = text(
    """
    select p.account, p.lane from parked p
    join unnest(cast(:accounts as text[]), cast(:lanes as text[])) as w(account, lane)
        on p.account = w.account and p.lane = w.lane
    where p.service = :service order by p.account, p.lane for key share of p
    """
)
_KEEP = text(
    """
    insert into parked_record (service, account, lane, partition, "offset", is_replay, key, value,
        headers, "timestamp")
    select :service, r.account, r.lane, r.partition, r."offset", r.is_replay, r.key, r.value,
        r.headers, r."timestamp"
    from unnest(cast(:accounts as text[]), cast(:lanes as text[]), cast(:partitions as int[]),
        cast(:offsets as bigint[]),
                cast(:replays as boolean[]), cast(:keys as bytea[]), cast(:values as bytea[]),
                    cast(:headers as bytea[]),
                cast(:timestamps as bigint[])) with ordinality
         as r(account, lane, partition, "offset", is_replay, key, value, headers, "timestamp", n)
    order by r.n
    on conflict do nothing
    """
)
_DUE = text(
    """
    select p.id, p.account, p.lane, p.attempts from parked p
    where p.service = :service and p.kind = :kind and p.lane = any(cast(:topics as text[]))
        and p.next_attempt_at <= :now
      and (exists (select 1 from parked_record r
                   join unnest(cast(:topics as text[]), cast(:partitions as int[])) as o(topic,
                       partition)
                     on r.lane = o.topic and r.partition = o.partition
                   where r.service = p.service and r.account = p.account and r.lane = p.lane)
           or not exists (select 1 from parked_record r where r.service = p.service
               and r.account = p.account and r.lane = p.lane))
    order by p.next_attempt_at, p.id limit :limit for update of p skip locked
    """
)
_RECORDS = text(
    """
    select r.* from unnest(cast(:accounts as text[]), cast(:lanes as text[])) as w(account, lane)
    cross join lateral (
        select * from parked_record r where r.service = :service and r.account = w.account
            and r.lane = w.lane
        order by r.id limit :each
    ) r
    order by r.id
    """
)
_DROP = text("delete from parked_record where id = any(cast(:ids as bigint[]))")
_RELEASE = text(
    """
    delete from parked p where p.id = any(cast(:ids as bigint[])) and p.service = :service
      and not exists (select 1 from parked_record r where r.service = p.service
          and r.account = p.account and r.lane = p.lane)
    returning p.account
    """
)
_GO_ON = text("update parked set next_attempt_at = :now where id = any(cast(:ids as bigint[]))")
# These two touch rows of any account, in no order: locked rows are skipped, or two of them could
# deadlock.
_HEAL = text(
    """
    with found as (
        select p.id from parked p
        where p.service = :service and p.lane = :lane and p.kind = 'parked'
            and p.next_attempt_at > :now
          and p.reason in (select h.reason from parked h where h.service = :service
              and h.lane = :lane and h.kind = 'parked'
                           and h.account = any(cast(:accounts as text[])))
        for no key update of p skip locked
    )
    update parked p set next_attempt_at = :now from found f where p.id = f.id
    """
)
_HASTEN = text(
    """
    with found as (
        select id from parked where service = :service and next_attempt_at > :now
            for no key update skip locked
    )
    update parked p set next_attempt_at = :now from found f where p.id = f.id
    """
)
_HASTEN_ACCOUNT = text(
    """
    update parked set next_attempt_at = :at
    where account = :account and kind = 'parked' and next_attempt_at > :at
        and jsonb_array_length(waiting) = 0
    """
)
_DUE_IN = text(
    """
    select account from parked
    where service = :service and lane = :lane and next_attempt_at <= :now
    order by next_attempt_at, id limit :limit
    """
)
_WAIT_FOR = text(
    """
    update parked p set waiting = cast(w.waiting as jsonb)
    from unnest(cast(:accounts as text[]), cast(:waiting as text[])) as w(account, waiting)
    where p.service = :service and p.lane = :lane and p.account = w.account
    """
)
_WAITING_IN = text(
    """
    select account, waiting::text as waiting from parked
    where service = :service and lane = :lane and account = any(cast(:accounts as text[]))
    """
)
_LET_GO = text(
    "delete from parked where service = :service "
    "and lane = :lane and account = any(cast(:accounts as text[]))"
)
# A lane without records holds a timer or a delivery that failed: at least one.
_COLUMNS = """
    select min(p.id) as id, p.service, p.account, array_agg(p.lane order by p.id) as lanes, p.part,
           (array_agg(p.reason order by p.id desc))[1] as reason,
           (array_agg(p.traceback order by p.id desc))[1] as traceback,
           min(p.since) as since, max(p.attempts) as attempts,
           min(p.next_attempt_at) as next_attempt_at,
           sum(greatest(1, jsonb_array_length(p.waiting) + (
               select count(*) from parked_record r
               where r.service = p.service and r.account = p.account
                 and r.lane = p.lane)))::bigint as records
    from parked p where p.kind = 'parked'
"""
_LISTED = text(
    f"""
    {_COLUMNS} and (cast(:service as text) is null or p.service = :service)
      and (cast(:account as text) is null or p.account = :account)
      and {spares("p")}
    group by p.service, p.account, p.part
    having cast(:before as bigint) is null or min(p.id) < :before
    order by min(p.id) desc limit :limit
    """
)
_SAME = (
    "from parked o where o.id = :id "
    "and o.kind = 'parked' and o.service = p.service and o.account = p.account and o.part = p.part"
)
_ONE = text(
    f"{_COLUMNS} and exists (select 1 {_SAME}) and {spares('p')} "
    "group by p.service, p.account, p.part"
)
_RETRY = text(
    "update parked p set next_attempt_at = :now "
    f"where p.kind = 'parked' and exists (select 1 {_SAME})"
)
_NAMES = text(
    """
    select account, part, min(reason) as reason from parked
    where service = :service and kind = 'parked' group by account, part
        order by min(id) limit :limit
    """
)
_STANDING = text(
    """
    select count(distinct account) filter (where kind = 'parked') as accounts,
        bool_or(kind = 'deferred') as deferred,
           bool_or(kind = 'parked' and next_attempt_at <= :now
               and lane = any(cast(:topics as text[]))) as due
    from parked where service = :service
    """
)
_DEFERRED = text(
    """
    select count(*) from (
        select 1 from parked p
        join parked_record r on r.service = p.service and r.account = p.account and r.lane = p.lane
        where p.service = :service and p.kind = 'deferred' limit :most
    ) d
    """
)
