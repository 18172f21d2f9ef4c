"""Alerts and decisions: written in bulk, listed newest first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.decision import Decision
from services.trigger.thresholds import Standing
from shared.erasure.requests import spares
from shared.postgres import changes as news
from shared.postgres.database import NEWEST
from shared.values.quantities import dumps

State = Literal["open", "superseded", "resolved"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Alert:
    """A row to write.

    `threshold` is its key; `decision` the id of the decision that its crossing led to.
    """

    id: str
    account: str
    meter: str
    period_start: datetime
    threshold: str
    epoch: str
    state: str
    again: bool
    used: Decimal
    limit: Decimal | None
    percent: int | None
    decision: str

    @property
    def notified(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to an alert: `superseded`, or resolved with a resolution."""

    id: str
    resolution: str | None


async def insert(conn: AsyncConnection, alerts: Sequence[Alert], now: datetime) -> set[str]:
    """Returns the ids that are new: an alert is one row per account, meter, threshold and epoch."""
    if not alerts:
        return set()
    columns = {
        name: [getattr(alert, name) for alert in alerts]
        for name in (
            "id",
            "account",
            "meter",
            "period_start",
            "threshold",
            "epoch",
            "state",
            "again",
            "used",
            "limit",
            "percent",
            "notified",
            "decision",
        )
    }
    made = set((await conn.execute(_INSERT, columns | {"now": now})).scalars())
    news.note(conn, "alert", made)
    return made


async def change(
    conn: AsyncConnection, changes: Sequence[Change], now: datetime
) -> dict[str, list[str]]:
    """A proposal that waits with the alert is dropped: caps and plays do not count it (R-080).

    Returns those, by their deal.
    """
    dropped: defaultdict[str, list[str]] = defaultdict(list)
    if changes:
        columns: dict[str, Any] = {
            "ids": [one.id for one in changes],
            "resolutions": [one.resolution for one in changes],
            "now": now,
        }
        for row in await conn.execute(_CHANGE, columns):
            dropped[row.opportunity].append(row.id)
        news.note(conn, "alert", columns["ids"])
    return dropped


async def insert_decisions(
    conn: AsyncConnection, decisions: Collection[Decision], *, replacing: bool = False
) -> None:
    """`replacing`: replaces decisions that failed; one that was made meanwhile stays."""
    if decisions:
        ordered = list(decisions)
        columns = {
            "ids": [decision.id for decision in ordered],
            "accounts": [decision.account for decision in ordered],
            "causes": [decision.cause for decision in ordered],
            "moments": [decision.at for decision in ordered],
            "outcomes": [decision.outcome for decision in ordered],
            "bodies": [dumps(decision.json()).decode() for decision in ordered],
        }
        await conn.execute(_REPLACE_DECISIONS if replacing else _INSERT_DECISIONS, columns)


async def find_alert(conn: AsyncConnection, id: str) -> Row[Any] | None:
    return (await conn.execute(_FIND_ALERT, {"id": id})).one_or_none()


async def list_alerts(
    conn: AsyncConnection,
    *,
    account: str | None,
    meter: str | None,
    state: str | None,
    before: int | None,
    limit: int,
) -> list[Row[Any]]:
    """Up to `limit` alerts with sequence numbers below `before`, newest first."""
    given = {
        "states": list(STATES) if state is None else [state],
        "before": before or NEWEST,
        "limit": limit,
    }
    if account is not None:
        return list(
            await conn.execute(_ALERTS_OF_ACCOUNT, given | {"account": account, "meter": meter})
        )
    if meter is not None:
        return list(await conn.execute(_ALERTS_OF_METER, given | {"meter": meter}))
    return list(await conn.execute(_ALERTS_OF_STATES, given))


async def standings(
    conn: AsyncConnection, account: str, starts: Collection[datetime]
) -> dict[tuple[str, datetime, str], Standing]:
    """(meter, period, threshold) to the state of its newest alert, by start of period."""
    rows = await conn.execute(_STANDINGS, {"account": account, "starts": list(starts)})
    return {(row.meter, row.period_start, row.threshold): row.state for row in rows}


async def find_decision(conn: AsyncConnection, id: str) -> Row[Any] | None:
    return (await conn.execute(_FIND_DECISION, {"id": id})).one_or_none()


async def list_decisions(
    conn: AsyncConnection, *, account: str | None, before: int | None, limit: int
) -> list[Row[Any]]:
    given = {"before": before or NEWEST, "limit": limit}
    if account is None:
        return list(await conn.execute(_DECISIONS, given))
    return list(await conn.execute(_DECISIONS_OF_ACCOUNT, given | {"account": account}))


async def newest_decision(conn: AsyncConnection, account: str, at: datetime) -> str | None:
    """The newest decision at or before `at`, as JSON text."""
    given = {"account": account, "at": at}
    return (await conn.execute(_NEWEST_DECISION, given)).scalar_one_or_none()


_INSERT = text(
    """
    insert into alert (id, account, meter, period_start, threshold, epoch, state, again, used,
        "limit", percent, notified, decision,
                       reached_at)
    select a.id, a.account, a.meter, a.period_start, a.threshold, a.epoch, a.state, a.again,
        a.used, a.lim, a.percent, a.notified,
           a.decision, :now
    from unnest(cast(:id as text[]), cast(:account as text[]), cast(:meter as text[]),
        cast(:period_start as timestamptz[]),
                cast(:threshold as text[]), cast(:epoch as text[]), cast(:state as text[]),
                    cast(:again as boolean[]),
                cast(:used as numeric[]), cast(:limit as numeric[]), cast(:percent as bigint[]),
                    cast(:notified as boolean[]),
                cast(:decision as text[])) with ordinality
         as a(id, account, meter, period_start, threshold, epoch, state, again, used, lim, percent,
             notified, decision, n)
    order by a.n
    on conflict do nothing
    returning id
    """
)
_CHANGE = text(
    """
    with withdrawn as (
        delete from proposal where waits_with = any(cast(:ids as text[]))
            and waits_until > :now returning id, opportunity, reason, channel),
    unsent as (
        update play set sent = play.sent - w.count
        from (select reason, count(*) from withdrawn where channel = 'message'
            group by reason) w where play.key = w.reason),
    changed as (
    update alert set state = case when c.resolution is null then 'superseded' else 'resolved' end,
        resolution = c.resolution,
                     resolved_at = case when c.resolution is not null then cast(:now as timestamptz)
                         end
    from unnest(cast(:ids as text[]), cast(:resolutions as text[])) as c(id, resolution)
    where alert.id = c.id)
    select id, opportunity from withdrawn where opportunity is not null
    """
)
_ALERT_COLUMNS = """
    select seq, id, account, meter, threshold, epoch, state, resolution, again, used, "limit",
        percent, reached_at, resolved_at,
           notified, decision
    from alert
"""
_FIND_ALERT = text(f"{_ALERT_COLUMNS} where id = :id and {spares('alert')}")
_ALERTS_OF_ACCOUNT = text(
    f"""
    {_ALERT_COLUMNS}
    where account = :account and (cast(:meter as text) is null or meter = :meter)
      and state = any(cast(:states as text[])) and seq < :before and {spares("alert")}
    order by seq desc limit :limit
    """
)


def _newest_of_each_state(condition: str = "") -> TextClause:
    """Takes the newest of each state first, so that the index finds rare states just as fast."""
    return text(
        f"""
        {_ALERT_COLUMNS}
        where seq in (
            select a.seq from unnest(cast(:states as text[])) as each(state) cross join lateral (
                select seq from alert
                where state = each.state {condition} and seq < :before and {spares("alert")}
                order by seq desc limit :limit) a
            order by a.seq desc limit :limit)
        order by seq desc
        """
    )


_ALERTS_OF_STATES = _newest_of_each_state()
_ALERTS_OF_METER = _newest_of_each_state("and meter = :meter")
_STANDINGS = text(
    """
    select meter, period_start, threshold, state from alert
    where account = :account and period_start = any(cast(:starts as timestamptz[])) order by seq
    """
)
_INSERT_DECISIONS = text(
    """
    insert into decision (id, account, cause, at, outcome, body)
    select d.id, d.account, d.cause, d.at, d.outcome, cast(d.body as jsonb)
    from unnest(cast(:ids as text[]), cast(:accounts as text[]), cast(:causes as text[]),
        cast(:moments as timestamptz[]),
                cast(:outcomes as text[]), cast(:bodies as text[])) with ordinality as d(id,
                    account, cause, at, outcome, body, n)
    order by d.n
    """
)
# Lists are ordered by when a decision was made, so one that is made later gets a new place.
_REPLACE_DECISIONS = text(
    """
    update decision set seq = default, cause = d.cause, at = d.at, outcome = d.outcome,
        body = cast(d.body as jsonb)
    from unnest(cast(:ids as text[]), cast(:accounts as text[]), cast(:causes as text[]),
        cast(:moments as timestamptz[]),
                cast(:outcomes as text[]), cast(:bodies as text[])) as d(id, account, cause, at,
                    outcome, body)
    where decision.id = d.id and decision.outcome = 'failed'
    """
)
_DECISION = f"select seq, body::text as body from decision where {spares('decision')}"
_FIND_DECISION = text(f"{_DECISION} and id = :id")
_DECISIONS = text(f"{_DECISION} and seq < :before order by seq desc limit :limit")
_DECISIONS_OF_ACCOUNT = text(
    f"{_DECISION} and account = :account and seq < :before order by seq desc limit :limit"
)
_NEWEST_DECISION = text(
    "select body::text as body "
    "from decision where account = :account and at <= :at order by seq desc limit 1"
)
