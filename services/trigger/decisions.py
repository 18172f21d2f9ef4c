"""From a crossing to a decision and its messages: the place where judgement is asked.

`Watch.reconsider` finds what is newly reached and builds the plain notice; `Judgement.decide` says what else follows and returns one
`Verdict` for each occasion: the decision to keep, and the messages to send (the notice itself, perhaps with a proposal joined to it).
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, PlanMove
from services.trigger.judgement.case import Crossing
from services.trigger.judgement.decision import Answer, Decision, Gate, passed, skipped
from services.trigger.judgement.fact_types import BadFact, read
from services.trigger.judging.showing import Described
from services.trigger.notices import Reading
from services.trigger.outcome import Outcome
from services.trigger.tables.due import Due
from shared.events import Event
from shared.faults import Fault
from shared.isolation import Failure
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


@dataclass(frozen=True, slots=True)
class Undecided:
    """A decision that failed and is to be made after all. Its notice went out then. `crossing` None: used though not in the plan."""

    decision: str
    cause: str
    crossing: Crossing | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the scheduler does when something of this name is due (`name`, or `name:key`). `run` gets many at once, under their accounts'
    locks; with `changes_plans` also under the lock that comes before those (docs/architecture.md, "Locks").
    """

    name: str
    run: Callable[[AsyncConnection, Sequence[Due], datetime], Awaitable[Outcome]]
    changes_plans: bool = False


class Judgement:
    """What follows beside the notice. This one sells nothing and keeps no facts; what proposes upgrades overrides it.

    All methods run inside the caller's transaction, which holds the locks of the accounts they are given.
    """

    @property
    def purposes(self) -> Sequence[Purpose]:
        """What it wants to be woken for (services/trigger/tables/due.py)."""
        return ()

    async def decide(self, conn: AsyncConnection, occasions: Sequence[Occasion], now: datetime) -> Sequence[Verdict | Failure]:
        """One verdict for each occasion, in their order; a failure leaves nothing behind. Thousands may come at once: load the facts of
        all accounts together.
        """
        return [Verdict(noticed(occasion, now), () if occasion.notice is None else (occasion.notice,)) for occasion in occasions]

    async def decide_again(self, conn: AsyncConnection, waiting: Mapping[str, Sequence[Undecided]], now: datetime) -> Outcome:
        """Decides what could not be decided, by account, and replaces the decisions that failed."""
        return Outcome()

    async def subscribed(self, conn: AsyncConnection, moves: Sequence[PlanMove], now: datetime) -> Outcome:
        """Subscriptions began, changed or ended, one of each account. Their thresholds have been reconsidered already."""
        return Outcome()

    async def people_changed(self, conn: AsyncConnection, accounts: Collection[str], now: datetime) -> Outcome:
        """Master data of known accounts changed: their contacts, their CSM, their country."""
        return Outcome()

    async def eased(self, conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
        """Something that may have been a reason to act is over: an alert of theirs was cured."""

    async def refuse(self, conn: AsyncConnection, facts: Sequence[Event], now: datetime) -> list[list[Fault]]:
        """What is wrong with each account fact: nothing, or faults with JSON pointers into the event. Their accounts are known."""
        return [_faults(fact) for fact in facts]

    async def heard(self, conn: AsyncConnection, facts: Sequence[Event]) -> set[tuple[str, str, str]]:
        """(account, source, id) of those that were taken before."""
        return set()

    async def take(self, conn: AsyncConnection, facts: Sequence[Event], now: datetime) -> Outcome:
        """Facts that passed `refuse`, subscription changes included (those have been applied). Each identity counts once for ever."""
        return Outcome()

    async def described(self, conn: AsyncConnection, account: Account, now: datetime) -> Described | None:
        """What `GET /v1/accounts/{id}` shows besides master data; None before there is a catalogue."""
        return None


def _faults(fact: Event) -> list[Fault]:
    if not isinstance(fact.data, Mapping):
        return [Fault("/data", "must be an object")]
    try:
        read(fact.type, fact.data)
    except BadFact as error:
        return list(error.faults)
    return []


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
    """The first three gates. They never block: a notice is not a proposal (R-036)."""
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
