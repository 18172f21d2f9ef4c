"""From a crossing to a decision and its messages: the place where judgement is asked.

`reconsider` (watching.py) finds what is newly reached and builds the plain notice; a `Judge` decides what else follows and returns one
`Verdict` for each occasion: the decision to keep, and the messages to send (the notice itself, perhaps with a proposal joined to it).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.case import Crossing
from services.trigger.judgement.decision import Answer, Decision, Gate, passed, skipped
from services.trigger.notices import Reading, identity
from shared.messages import Message, Tell

USAGE = "usage.threshold"
GATED = "feature.gated"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something newly reached. `notice` is the message that goes out whatever is decided, None where nothing does (`silent` says why).

    `crossing` None: used though not in the plan. `decision` is the id that the alerts already refer to.
    """

    decision: str
    cause: str
    reading: Reading
    crossing: Crossing | None
    notice: Tell | None
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision gets the occasion's id when it is stored. `messages` hold the notice, as it is or with what was added to it."""

    decision: Decision
    messages: tuple[Message, ...] = ()


class Judge(Protocol):
    """Decides all occasions of a transaction at once, in their order: facts are loaded for all accounts together."""

    async def __call__(self, conn: AsyncConnection, occasions: Sequence[Occasion], now: datetime) -> Sequence[Verdict]: ...


async def notice_only(conn: AsyncConnection, occasions: Sequence[Occasion], now: datetime) -> list[Verdict]:
    """The judge that sells nothing: every notice goes out as it is."""
    return [Verdict(noticed(occasion, now), () if occasion.notice is None else (occasion.notice,)) for occasion in occasions]


def noticed(occasion: Occasion, now: datetime) -> Decision:
    """The decision as far as notices go: `duplicate`, `crossing`, `notice`."""
    return Decision(
        account=occasion.reading.account.id,
        cause=occasion.cause,
        at=now,
        signals=("usage_limit",) if occasion.crossing and occasion.notice else (),
        outcome="notice" if occasion.notice else "none",
        gates=tuple(Gate(name, answer) for name, answer in notice_gates(occasion)),
        id=occasion.decision,
    )


def notice_gates(occasion: Occasion) -> tuple[tuple[str, Answer], ...]:
    """The first three gates of contract.md 5. They never block: a notice is not a proposal (R-036)."""
    reading, crossing = occasion.reading, occasion.crossing
    evidence = {"meter": reading.meter.id, "used": reading.used, "limit": reading.allowance.limit, "percent": reading.percent}
    if crossing is None:
        found = passed(f"{reading.meter.id} is used and not in the plan", evidence)
    else:
        again = ", again, of the new limit" if crossing.again else ""
        found = passed(
            f"{reading.meter.id} reached {crossing.threshold.key}{again}",
            {**evidence, "threshold": crossing.threshold.json, "alert": crossing.alert, **crossing.evidence},
        )
    told = passed("the usage notice goes out") if occasion.notice else skipped(occasion.silent)
    return ("duplicate", passed("not seen before")), ("crossing", found), ("notice", told)


def decision_id(account: str, *parts: object) -> str:
    """One decision for each occasion, however often its records are read again."""
    return identity("decision", account, *parts)
