"""How tasks begin and are raised: drafts of `opened`, `raised` and `reopened`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.trigger.alerts.notices import account_facts
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Draft, Ending, TaskOpened
from services.trigger.process.people import Person, in_charge
from services.trigger.process.tasks import words as wording
from services.trigger.process.tasks.due_dates import business_days_after, due
from services.trigger.process.tasks.reasons import REASONS
from services.trigger.process.tasks.task import RANK, Task, TaskType
from shared.messages import Priority
from shared.values.identity import identity
from shared.values.moments import iso


@dataclass(frozen=True, slots=True)
class Opening:
    """A task as it is to be there. `cause`: what opens it, part of its id; `id`: where it is made
    in another way. `words`: of `words.py`. `reopens`: a closed task of this very id begins again,
    instead of another one.
    """

    account: str
    reason: str
    about: str
    cause: str
    type: TaskType
    words: Mapping[str, Any]
    priority: Priority
    owner: Owner
    due_at: datetime
    opportunity: str | None = None
    alert: str | None = None
    decision: str | None = None
    id: str | None = None
    reopens: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Of these there is one open at a time."""
        return self.account, self.reason, self.about

    def subject(self, *more: str) -> str:
        """Its id. `more`: where that one is taken."""
        return self.id or identity(self.account, self.reason, self.about, self.cause, *more)

    def draft(self) -> Draft:
        body = {
            "type": self.type,
            "reason": self.reason,
            "about": self.about,
            "priority": self.priority,
            "owner": self.owner.json(),
            "due_at": iso(self.due_at),
            "words": dict(self.words),
        }
        return Draft("opened", {**body, **self._refers()})

    def raising(self, task: Task) -> Draft:
        """Never less urgent than it is, never due later."""
        urgent = RANK[self.priority] < RANK[task.priority]
        body = {
            "priority": self.priority if urgent else task.priority,
            "due_at": iso(min(self.due_at, task.due_at)),
            "words": dict(self.words),
            "before": {"priority": task.priority, "due_at": iso(task.due_at)},
        }
        return Draft("raised", {**body, **self._refers()})

    def reopening(self) -> Draft:
        """A closed task begins again as it is to be there now."""
        body = {
            "priority": self.priority,
            "due_at": iso(self.due_at),
            "words": dict(self.words),
        }
        return Draft("reopened", {**body, **self._refers()})

    def _refers(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "alert": self.alert,
            "opportunity": self.opportunity,
        }


@dataclass(frozen=True, slots=True)
class Ended:
    """The open task of this account, reason and about has nothing left to do. `cause`: what made it
    so.
    """

    account: str
    reason: str
    about: str
    outcome: Ending
    cause: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account, self.reason, self.about

    def draft(self) -> Draft:
        return Draft("closed", {"outcome": self.outcome, "cause": self.cause})


def opening(effect: TaskOpened, context: Context, cause: str, deal: Owner | None) -> Opening:
    """What an effect leaves out comes from its reason. `deal`: whose the opportunity is that causes
    it.
    """
    reason = REASONS[effect.reason]
    priority = effect.priority or reason.priority
    due_at = effect.due_at
    if due_at is None and reason.days is not None:
        days: int = getattr(context.policy.process, reason.days)
        due_at = business_days_after(context.at, days, context.account, context.policy)
    return Opening(
        account=context.account.id,
        reason=effect.reason,
        about=effect.about,
        cause=effect.decision or effect.alert or cause,
        type=reason.type,
        words=wording.of_lines(account_facts(context.account), effect.words),
        priority=priority,
        owner=_owner(effect, context, deal),
        due_at=due_at or due(context.at, priority, context.account, context.policy),
        opportunity=effect.opportunity,
        alert=effect.alert,
        decision=effect.decision,
    )


def _owner(effect: TaskOpened, context: Context, deal: Owner | None) -> Owner:
    whose = REASONS[effect.reason].whose
    if effect.owner is not None:
        return _named(effect.owner, context, "sales" if whose == "sales" else None)
    if whose == "deal" and deal is not None and deal.id is not None:
        return _named(deal.id, context, None)
    if whose == "sales" or (whose == "csm_or_sales" and context.csm is None):
        return owner_of(context.ae, "sales")
    return owner_of(context.csm, "cs")


def _named(person: str, context: Context, role: str | None) -> Owner:
    """Theirs, or of whoever stands in for them."""
    if (known := context.persons.get(person)) is None:
        return Owner(role or "cs", person)
    return owner_of(in_charge(person, context.persons), role or role_of(known))


def owner_of(person: Person | None, role: str) -> Owner:
    return Owner(role, person.id, person.name) if person is not None else Owner(role)


def role_of(person: Person) -> str:
    """In which of the two roles somebody has a task: a CSM, who may sell as well, in theirs."""
    return "sales" if "sales" in person.roles and "csm" not in person.roles else "cs"
