"""Consults judgement without letting it stop a notice: a decision that cannot be made is stored as
`failed` and made later.

Judgement writes under a savepoint, which is rolled back if it fails; the alerts and notices of the
same transaction stay.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.occasions import Occasion, Undecided, Verdict
from services.trigger.judgement.case import Crossing
from services.trigger.judgement.decision import Decision
from services.trigger.outcome import Outcome
from services.trigger.proposals.judge import Judge
from services.trigger.tables.present import Present
from shared.catalog import RATE, Threshold
from shared.loop import parked_rows
from shared.loop.isolation import AccountsFailed, Failure
from shared.loop.parked_rows import Place
from shared.loop.parking import FaultLog
from shared.postgres.database import savepoint
from shared.postgres.errors import DatabaseUnavailable

LANE = "judgement"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)
_SERVICE = "trigger"
_MOST = 20
"""Undecided crossings kept per account: the newest."""


async def judged(
    conn: AsyncConnection,
    judge: Judge,
    occasions: Sequence[Occasion],
    present: Present,
    now: datetime,
    log: FaultLog,
) -> list[Verdict]:
    """One verdict per occasion, in order.

    If judgement fails for an account: the notice, and a decision `failed`.
    """
    found, failures = await _asked(conn, judge, occasions, present, now)
    if failures:
        log.tell(
            {
                (_account(one), LANE): failures[one.decision]
                for one in occasions
                if one.decision in failures
            }
        )
        await _remember(conn, [one for one in occasions if one.decision in failures], failures, now)
    return [found[one.decision] for one in occasions]


async def _asked(
    conn: AsyncConnection,
    judge: Judge,
    occasions: Sequence[Occasion],
    present: Present,
    now: datetime,
) -> tuple[dict[str, Verdict], dict[str, Failure]]:
    """By decision id: the verdicts, and the failures."""
    if not occasions:
        return {}, {}
    try:
        async with savepoint(conn):
            answers = await judge.decide(conn, occasions, present, now)
        asked = list(zip(occasions, answers, strict=True))
        failures = {one.decision: answer for one, answer in asked if isinstance(answer, Failure)}
        return {
            one.decision: failed(one, answer, now) if isinstance(answer, Failure) else answer
            for one, answer in asked
        }, failures
    except Exception as error:
        if leaves_doubt(error):
            raise
        if len(occasions) == 1:
            failure = Failure(LANE, error)
            return {occasions[0].decision: failed(occasions[0], failure, now)}, {
                occasions[0].decision: failure
            }
        found, failures = dict[str, Verdict](), dict[str, Failure]()
        for part in (occasions[: len(occasions) // 2], occasions[len(occasions) // 2 :]):
            more, others = await _asked(conn, judge, part, present, now)
            found |= more
            failures |= others
        return found, failures


def leaves_doubt(error: Exception) -> bool:
    return isinstance(error, KafkaError | DatabaseUnavailable)


def failed(occasion: Occasion, failure: Failure, now: datetime) -> Verdict:
    decision = Decision(
        account=_account(occasion),
        cause=occasion.cause,
        at=now,
        signals=(),
        outcome="failed",
        gates=(),
        id=occasion.decision,
        reason=f"error: {type(failure.error).__name__}",
    )
    return Verdict(decision, () if occasion.notice is None else (occasion.notice,))


async def _remember(
    conn: AsyncConnection,
    occasions: Sequence[Occasion],
    failures: Mapping[str, Failure],
    now: datetime,
) -> None:
    """Stores what has to be decided again, and when."""
    accounts = {_account(one): failures[one.decision] for one in occasions}
    await put_off(conn, {(account, LANE): one for account, one in accounts.items()}, now)
    waiting = await parked_rows.waiting_in(conn, _SERVICE, LANE, accounts)
    for one in occasions:
        waiting[_account(one)] = [*waiting[_account(one)], _packed(one)][-_MOST:]
    await parked_rows.wait_for(conn, _SERVICE, LANE, waiting)


async def put_off(conn: AsyncConnection, failures: Mapping[Place, Failure], now: datetime) -> None:
    """Schedules the next attempt, later each time."""
    await parked_rows.park(conn, _SERVICE, failures, now, first=FIRST_PAUSE, longest=LONGEST_PAUSE)


async def again(
    conn: AsyncConnection, judge: Judge, accounts: Sequence[str], now: datetime
) -> tuple[Outcome, Mapping[Place, Failure]]:
    """Makes the failed decisions of these accounts, under their locks.

    What fails again waits longer.
    """
    found = await parked_rows.waiting_in(conn, _SERVICE, LANE, accounts)
    waiting = {account: [_unpacked(one) for one in several] for account, several in found.items()}
    outcome, failures = await _asked_again(conn, judge, waiting, now)
    places = {(account, LANE): one for account, one in failures.items()}
    await put_off(conn, places, now)
    done = waiting.keys() - failures.keys()
    if done:
        await parked_rows.heal(conn, _SERVICE, LANE, done, now)
        await parked_rows.let_go(conn, _SERVICE, LANE, done)
    return outcome, places


async def _asked_again(
    conn: AsyncConnection,
    judge: Judge,
    waiting: Mapping[str, Sequence[Undecided]],
    now: datetime,
) -> tuple[Outcome, dict[str, Failure]]:
    if not waiting:
        return Outcome(), {}
    try:
        async with savepoint(conn):
            return await judge.decide_again(conn, waiting, now), {}
    except Exception as error:
        if leaves_doubt(error):
            raise
        named = dict(error.failures) if isinstance(error, AccountsFailed) else {}
        if not named and len(waiting) == 1:
            named = dict.fromkeys(waiting, Failure(LANE, error))
        rest = {account: several for account, several in waiting.items() if account not in named}
        half = sorted(rest)[: len(rest) // 2] if not named else sorted(rest)
        outcome = Outcome()
        for part in (half, [account for account in sorted(rest) if account not in half]):
            more, others = await _asked_again(
                conn, judge, {account: rest[account] for account in part}, now
            )
            outcome.add(more)
            named |= others
        return outcome, named


def _account(occasion: Occasion) -> str:
    return occasion.reading.account.id


def _packed(occasion: Occasion) -> dict[str, Any]:
    crossing = occasion.crossing
    told: dict[str, Any] | None = None
    if crossing is not None:
        told = {
            "meter": crossing.meter,
            "percent": crossing.threshold.percent,
            "at": _text(crossing.threshold.at),
            RATE: _text(crossing.threshold.per_hour),
            "used": str(crossing.used),
            "limit": _text(crossing.limit),
            "share": crossing.percent,
            "alert": crossing.alert,
            "again": crossing.again,
        }
    return {"decision": occasion.decision, "cause": occasion.cause, "crossing": told}


def _unpacked(told: Mapping[str, Any]) -> Undecided:
    one = told["crossing"]
    if one is None:
        return Undecided(told["decision"], told["cause"], None)
    crossing = Crossing(
        meter=one["meter"],
        threshold=Threshold(one["percent"], _number(one["at"]), _number(one.get(RATE))),
        used=Decimal(one["used"]),
        limit=_number(one["limit"]),
        percent=one["share"],
        alert=one["alert"],
        again=one["again"],
    )
    return Undecided(told["decision"], told["cause"], crossing)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
