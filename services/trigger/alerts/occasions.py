"""From a crossing to a decision and its messages: where judgement is consulted.

`Watch.reconsider` finds newly reached thresholds and builds the plain notices. `Judgement.decide`
returns one `Verdict` per occasion: the decision to store, and the messages to send (the notice
itself, possibly with a proposal joined to it).
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, PlanMove
from services.trigger.alerts.notices import Reading
from services.trigger.judgement.case import Crossing
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts.types import BadFact, read
from services.trigger.judgement.gates.notice import Reached, notice_gates
from services.trigger.outcome import Outcome
from services.trigger.present import Present
from services.trigger.proposals.account_view import Described
from services.trigger.tables.due import Due
from shared.events import Event
from shared.loop.isolation import Failure
from shared.messages import Message, Tell
from shared.values.faults import Fault

USAGE = "usage.threshold"
GATED = "feature.gated"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something newly reached. `notice` goes out whatever is decided; None if nothing does
    (`silent` says why).

    `crossing` None: usage of something that is not in the plan. `decision` is the id that the
    alerts already refer to.
    """

    decision: str
    cause: str
    reading: Reading
    crossing: Crossing | None
    notice: Tell | None
    silent: str = ""

    @property
    def reached(self) -> Reached:
        reading = self.reading
        return Reached(
            reading.meter.id,
            reading.used,
            reading.allowance.limit,
            reading.percent,
            self.crossing,
            None if self.notice else self.silent,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision gets the occasion's id when it is stored.

    `messages` include the notice, possibly extended.
    """

    decision: Decision
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """A decision that failed and has to be made later. Its notice went out at the time.

    `crossing` None: usage of something that is not in the plan.
    """

    decision: str
    cause: str
    crossing: Crossing | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the scheduler does when a timer of this name is due (`name`, or `name:key`).

    `run` gets many at once, under their accounts' locks; with `changes_plans` also under the lock
    of plans, which is taken first (docs/architecture.md, "Locks").
    """

    name: str
    run: Callable[[AsyncConnection, Sequence[Due], datetime], Awaitable[Outcome]]
    changes_plans: bool = False


class Judgement:
    """What follows besides the notice. This one sells nothing and keeps no facts; subclasses that
    propose upgrades override it.

    All methods run inside the caller's transaction, which holds the locks of the accounts passed
    in.
    """

    @property
    def purposes(self) -> Sequence[Purpose]:
        """The timers it uses (services/trigger/tables/due.py)."""
        return ()

    async def decide(
        self, conn: AsyncConnection, occasions: Sequence[Occasion], present: Present, now: datetime
    ) -> Sequence[Verdict | Failure]:
        """One verdict per occasion, in order; a failure leaves nothing behind.

        `present`: the current state of their accounts. Thousands may come together: load the facts
        of all accounts in bulk.
        """
        return [
            Verdict(noticed(occasion, now), () if occasion.notice is None else (occasion.notice,))
            for occasion in occasions
        ]

    async def decide_again(
        self, conn: AsyncConnection, waiting: Mapping[str, Sequence[Undecided]], now: datetime
    ) -> Outcome:
        """Makes the decisions that failed, by account, and replaces them."""
        return Outcome()

    async def subscribed(
        self, conn: AsyncConnection, moves: Sequence[PlanMove], now: datetime
    ) -> Outcome:
        """Subscriptions began, changed or ended, one per account.

        Their thresholds have already been evaluated.
        """
        return Outcome()

    async def people_changed(
        self, conn: AsyncConnection, accounts: Collection[str], now: datetime
    ) -> Outcome:
        """The master data of known accounts changed: contacts, CSM or country."""
        return Outcome()

    async def eased(self, conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
        """A possible reason to act is gone, because an alert was cured."""

    async def refuse(
        self, conn: AsyncConnection, facts: Sequence[Event], now: datetime
    ) -> list[list[Fault]]:
        """The faults of each account fact, with JSON pointers into the event; an empty list if
        there are none. Their accounts are known.
        """
        return [_faults(fact) for fact in facts]

    async def heard(
        self, conn: AsyncConnection, facts: Sequence[Event]
    ) -> set[tuple[str, str, str]]:
        """(account, source, id) of the facts that were already taken."""
        return set()

    async def take(self, conn: AsyncConnection, facts: Sequence[Event], now: datetime) -> Outcome:
        """Facts that passed `refuse`, including subscription changes, which have already been
        applied. Each identity counts only once.
        """
        return Outcome()

    async def described(
        self, conn: AsyncConnection, account: Account, now: datetime
    ) -> Described | None:
        """What `GET /v1/accounts/{id}` adds to master data; None before the first catalogue."""
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
    """The decision of the notice gates: `duplicate`, `crossing`, `notice`."""
    return Decision(
        account=occasion.reading.account.id,
        cause=occasion.cause,
        at=now,
        signals=("usage_limit",) if occasion.crossing and occasion.notice else (),
        outcome="notice" if occasion.notice else "none",
        gates=notice_gates(occasion.reached),
        id=occasion.decision,
    )
