"""Backtests as jobs: one runs at a time in an installation, under a lease.

The lease is by the database's time, which no test clock moves; whoever takes one over goes on after
the last account that is done. What a job that lost its lease would write is not written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.backtest.rows import Line, Report
from services.trigger.backtest.tally import Tally, read_tally
from shared.audit.trail import Author
from shared.erasure.requests import spares
from shared.postgres import changes
from shared.values.quantities import dumps

LEASE = timedelta(seconds=15)
MOST_QUEUED, KEPT = 20, 20
"""Jobs that wait; results that are kept, the newest of them."""
MOST_ROWS = 50_000
"""Messages that are kept of one job; it counts them all."""
MOST_TRIES = 5
"""So often it may end without getting on, before it is given up."""
Part = Literal["would", "sent", "only_would", "only_sent"]
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_CLAIMS = 7_274_623


@dataclass(frozen=True, slots=True)
class Job:
    """As claimed: what is asked, and how far it is."""

    id: str
    catalog: bytes
    since: str
    account: str | None
    until: datetime
    after: str
    done: int
    kept: int
    tally: Tally
    tries: int


async def add(
    conn: AsyncConnection,
    id: str,
    catalog: bytes,
    version: int | None,
    asked: tuple[str, str | None],
    author: Author,
    now: datetime,
) -> bool:
    """`asked`: since when, and of which account. False: too many wait."""
    given = {
        "id": id,
        "catalog": catalog,
        "version": version,
        "since": asked[0],
        "account": asked[1],
        "by_kind": author.kind,
        "by_id": author.id,
        "now": now,
        "most": MOST_QUEUED,
    }
    return (await conn.execute(_ADD, given)).rowcount == 1


async def claim(conn: AsyncConnection, owner: int, now: datetime) -> Job | None:
    """The one that was interrupted, else the oldest that waits; None while another one runs."""
    await conn.execute(_SERIALLY, {"key": _CLAIMS})
    given = {"owner": owner, "lease": LEASE, "now": now}
    row = (await conn.execute(_CLAIM, given)).one_or_none()
    if row is None:
        return None
    return Job(
        row.id,
        bytes(row.catalog),
        row.since,
        row.account,
        row.created_at,
        row.after,
        row.done,
        row.kept,
        tally_of(row),
        row.tries,
    )


async def renew(conn: AsyncConnection, id: str, owner: int) -> bool:
    """False: it was taken away, or somebody else has it."""
    given = {"id": id, "owner": owner, "lease": LEASE}
    return (await conn.execute(_RENEW, given)).rowcount == 1


async def release(conn: AsyncConnection, id: str, owner: int, blame: bool) -> None:
    """Another process may go on at once. `blame`: it counts as a try."""
    await conn.execute(_RELEASE, {"id": id, "owner": owner, "forgiven": 0 if blame else 1})


async def counted(conn: AsyncConnection, id: str, owner: int, total: int) -> None:
    await conn.execute(_COUNTED, {"id": id, "owner": owner, "total": total})


async def advance(conn: AsyncConnection, job: Job, owner: int, report: Report) -> int | None:
    """Keeps the rows of the accounts up to `job.after`, as far as there is room. Returns how many
    are kept of all; None if it is not this owner's any more.
    """
    lines = report.lines()[: MOST_ROWS - job.kept]
    kept = job.kept + len(lines)
    given = {
        "id": job.id,
        "owner": owner,
        "lease": LEASE,
        "after": job.after,
        "done": job.done,
        "kept": kept,
        "tally": dumps(job.tally.stored()).decode(),
    }
    if (await conn.execute(_ADVANCE, given)).rowcount == 0:
        return None
    changes.note(conn, "catalogue", [job.id])
    if lines:
        columns = zip(*map(_columns, lines), strict=True)
        named = dict(zip(_COLUMNS, map(list, columns), strict=True))
        await conn.execute(_KEEP, {"id": job.id, "first": job.kept, **named})
    return kept


async def finish(
    conn: AsyncConnection, id: str, owner: int, fault: str | None, now: datetime
) -> None:
    """`fault`: a sentence for whoever asked, if it failed."""
    await conn.execute(_FINISH, {"id": id, "owner": owner, "now": now, "fault": fault})
    changes.note(conn, "catalogue", [id])


async def trim(conn: AsyncConnection) -> bool:
    """Deletes the oldest result above those that are kept; whether there was one."""
    return (await conn.execute(_TRIM, {"kept": KEPT})).rowcount > 0


async def delete(conn: AsyncConnection, id: str) -> bool:
    return (await conn.execute(_DELETE, {"id": id})).rowcount == 1


async def restart(conn: AsyncConnection, id: str) -> str | None:
    """The state it was in: only one that failed waits again. None if there is none."""
    state: str | None = (await conn.execute(_STATE, {"id": id})).scalar_one_or_none()
    if state == "failed":
        await conn.execute(_RESTART, {"id": id})
    return state


async def plans_of(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, str | None]:
    """Of those that still exist; they cannot be erased before this transaction ends."""
    found = await conn.execute(_PLANS, {"accounts": sorted(accounts)})
    return {row.id: row.plan for row in found}


# ---- what is shown


async def find(conn: AsyncConnection, id: str) -> Row[Any] | None:
    return (await conn.execute(_FIND, {"id": id})).one_or_none()


async def page(conn: AsyncConnection, before: int | None, limit: int) -> Sequence[Row[Any]]:
    return (await conn.execute(_PAGE, {"before": before, "limit": limit})).all()


async def rows(
    conn: AsyncConnection,
    id: str,
    part: Part,
    account: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int = MOST_ROWS,
) -> Sequence[Row[Any]]:
    """In the order of time. `after`: the `place` of the last row before them."""
    at, who, meter, threshold, n = after or (BEGINNING, "", "", "", -1)
    given = {
        "id": id,
        "part": part.removeprefix("only_"),
        "only": part.startswith("only_"),
        "account": account,
        "at": at,
        "who": who,
        "meter": meter,
        "threshold": threshold,
        "n": n,
        "limit": limit,
    }
    return (await conn.execute(_ROWS, given)).all()


def tally_of(row: Row[Any]) -> Tally:
    return read_tally(None if row.tally is None else msgspec.json.decode(row.tally))


def place(row: Row[Any]) -> list[Any]:
    return [row.at.isoformat(), row.account, row.meter or "", row.threshold or "", row.n]


async def accounts(
    conn: AsyncConnection, id: str, after: tuple[int, str] | None, limit: int
) -> Sequence[Row[Any]]:
    """Those with a difference, the most differences first."""
    given = {
        "id": id,
        "first": after is None,
        "differing": after[0] if after else 0,
        "after": after[1] if after else "",
        "limit": limit,
    }
    return (await conn.execute(_ACCOUNTS, given)).all()


def _columns(line: Line) -> tuple[Any, ...]:
    row = line.row
    said = (row.meter, row.threshold, row.kind, row.at, row.outcome, row.differs_by)
    return line.part, line.only, row.account, *said


_COLUMNS = (
    "parts",
    "onlys",
    "accounts",
    "meters",
    "thresholds",
    "kinds",
    "ats",
    "outcomes",
    "reasons",
)
_SERIALLY = text("select pg_advisory_xact_lock(:key)")
_ADD = text(
    """
    insert into backtest (id, catalog, version, since, account, by_kind, by_id, state, created_at)
    select :id, :catalog, cast(:version as integer), :since, cast(:account as text), :by_kind,
        :by_id, 'queued', :now
    where (select count(*) from backtest where state = 'queued') < :most
    """
)
_CLAIM = text(
    """
    update backtest set state = 'running', owner = :owner, tries = tries + 1,
        lease_until = clock_timestamp() + cast(:lease as interval),
        started_at = coalesce(started_at, :now)
    where id = (
        select id from backtest b
        where state = 'running' and lease_until < clock_timestamp()
            or state = 'queued' and not exists (select from backtest r where r.state = 'running')
        order by state = 'running' desc, seq limit 1)
    returning id, catalog, since, account, created_at, after, done, kept, tries,
        tally::text as tally
    """
)
_OWN = "id = :id and owner = :owner and state = 'running'"
_RENEW = text(
    f"update backtest set lease_until = clock_timestamp() + cast(:lease as interval) where {_OWN}"
)
_RELEASE = text(
    f"update backtest set lease_until = clock_timestamp(), tries = tries - :forgiven where {_OWN}"
)
_COUNTED = text(f"update backtest set total = :total where {_OWN}")
_ADVANCE = text(
    f"""
    update backtest set after = :after, done = :done, kept = :kept, tries = 0,
        tally = cast(:tally as jsonb), lease_until = clock_timestamp() + cast(:lease as interval)
    where {_OWN}
    """
)
_KEEP = text(
    """
    insert into backtest_row (backtest, n, part, alone, account, plan, meter, threshold, kind, at,
        outcome, differs_by)
    select :id, cast(:first as integer) + r.n, r.part, r.alone, r.account, s.plan, r.meter,
        r.threshold, r.kind, r.at, r.outcome, r.differs_by
    from unnest(cast(:parts as text[]), cast(:onlys as boolean[]), cast(:accounts as text[]),
        cast(:meters as text[]), cast(:thresholds as text[]), cast(:kinds as text[]),
        cast(:ats as timestamptz[]), cast(:outcomes as text[]), cast(:reasons as text[]))
        with ordinality as r(part, alone, account, meter, threshold, kind, at, outcome, differs_by,
            n)
    left join subscription s on s.account = r.account
    """
)
_FINISH = text(
    f"""
    update backtest set finished_at = :now, fault = cast(:fault as text), lease_until = null,
        state = case when cast(:fault as text) is null then 'done' else 'failed' end
    where {_OWN}
    """
)
_TRIM = text(
    """
    delete from backtest where id = (
        select id from backtest where state in ('done', 'failed') order by seq desc
        offset :kept limit 1)
    """
)
_DELETE = text("delete from backtest where id = :id")
_STATE = text("select state from backtest where id = :id for update")
_RESTART = text(
    """
    update backtest set state = 'queued', fault = null, finished_at = null, owner = null, tries = 0
    where id = :id
    """
)
_PLANS = text(
    """
    select a.id, s.plan from account a left join subscription s on s.account = a.id
    where a.id = any(cast(:accounts as text[])) order by a.id for key share of a
    """
)
_SHOWN = """
    select id, seq, version, since, account, by_kind, by_id, state, done, total, kept,
        tally::text as tally, fault, created_at, started_at, finished_at from backtest
"""
_NOT_ERASED = f"(backtest.account is null or {spares('backtest')})"
_FIND = text(f"{_SHOWN} where id = :id and {_NOT_ERASED}")
_PAGE = text(
    f"""
    {_SHOWN} where (cast(:before as bigint) is null or seq < :before) and {_NOT_ERASED}
    order by seq desc limit :limit
    """
)
_PLACE = """at, account collate "C", coalesce(meter, '') collate "C",
        coalesce(threshold, '') collate "C", n"""
_ROWS = text(
    f"""
    select n, account, (select a.name from account a where a.id = backtest_row.account)
        as account_name, plan, meter, threshold, kind, at, outcome, differs_by from backtest_row
    where backtest = :id and part = :part and (alone or not :only)
        and (cast(:account as text) is null or account = :account) and {spares("backtest_row")}
        and ({_PLACE}) > (cast(:at as timestamptz), :who, :meter, :threshold, :n)
    order by {_PLACE} limit :limit
    """
)
_ACCOUNTS = text(
    f"""
    select a.*, (select c.name from account c where c.id = a.account) as account_name from (
        select account, count(*) filter (where part = 'would') as would,
            count(*) filter (where part = 'sent') as sent,
            count(*) filter (where part = 'would' and alone) as only_would,
            count(*) filter (where part = 'sent' and alone) as only_sent,
            count(*) filter (where alone) as differing
        from backtest_row where backtest = :id and {spares("backtest_row")} group by account) a
    where differing > 0 and (:first or differing < :differing
        or differing = :differing and account collate "C" > :after)
    order by differing desc, account collate "C" limit :limit
    """
)
