"""A decision with what it was about, and what is said and done because of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.trigger.alerts.notices import task_owner
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.decision import Decision, Remedy
from services.trigger.judgement.facts.facts import Opportunity
from services.trigger.judgement.findings import reasons
from services.trigger.judgement.findings.timing import Reader, readers
from services.trigger.judgement.gates import opportunity
from services.trigger.judgement.question import Question
from services.trigger.judgement.words import speech
from services.trigger.process.tasks.places import Place
from shared.messages import Owner, Tell
from shared.messages.facts import TaskFacts
from shared.values.identity import identity


@dataclass(frozen=True)
class Ruling:
    """A decision with its id, its question, and the notice that goes out whatever was decided."""

    loaded: Loaded
    question: Question
    decision: Decision
    notice: Tell | None = None
    fact: str = ""

    @cached_property
    def lines(self) -> TaskFacts:
        """What a person should say, the same in all of its tasks."""
        return speech.task_lines(self.question, self.decision)

    @property
    def is_message(self) -> bool:
        """Whether a proposal is sent: before a purchase the offer appears on the quote."""
        return self.decision.outcome == "proposal" and set(self.decision.signals) != {
            "pre_purchase"
        }

    @property
    def is_unheard(self) -> bool:
        """Whether a proposal is due and no contact may buy: one of our people gets it instead."""
        return self.is_message and not self.question.facts.buyers


def deal_of(ruling: Ruling) -> Place:
    """Where the task of its opportunity belongs, whether or not there is one; `opportunity`: None
    if the decision neither opens it nor adds a reason.
    """
    blocking = {gate.gate for gate in ruling.decision.gates if gate.answer.result == "block"}
    if not ruling.decision.sells and not adds_reason(ruling, blocking):
        return Place("opportunity")
    plan, add_on = ruling.question.offered
    existing = opportunity.open_opportunity(ruling.question)
    id = existing.id if existing else identity("opportunity", ruling.decision.id)
    known = existing is not None and existing.told is not None
    return Place("opportunity", add_on or plan, id, known)


def tells_opportunity(ruling: Ruling) -> bool:
    """Whether the opportunity's own task is created or raised.

    At first the task of the usage notice carries its lines. Once the opportunity has its own task,
    every new reason raises that one too.
    """
    existing = _existing(ruling)
    told = None if existing is None or existing.told is None else set(existing.told)
    joins = (
        told is not None and not set(reasons.names(reasons.open_reasons(ruling.question))) <= told
    )
    if ruling.decision.outcome == "assisted" or ruling.is_unheard:
        return ruling.notice is None or ruling.notice.task is None or joins
    return joins and adds_reason(ruling, set(ruling.decision.blocked_by))


def _existing(ruling: Ruling) -> Opportunity | None:
    return opportunity.open_opportunity(ruling.question) if ruling.question.offers else None


def adds_reason(ruling: Ruling, blocking: set[str]) -> bool:
    """The cap stops a second message, but the opportunity still gets the reason (R-080, R-107)."""
    held = blocking == {"frequency_cap"} and ruling.decision.outcome == "withheld"
    return (
        held
        and ruling.question.offers
        and opportunity.open_opportunity(ruling.question) is not None
    )


def readers_of(ruling: Ruling) -> tuple[Reader, ...]:
    if not ruling.is_message:
        return ()
    holidays = ruling.loaded.catalog.policy.holidays
    return readers(
        ruling.question.facts,
        ruling.decision.at,
        with_notice=ruling.notice is not None,
        holidays=holidays,
    )


def new_remedies(ruling: Ruling) -> tuple[Remedy, ...]:
    return tuple(
        remedy for remedy in ruling.decision.remedies if remedy.task not in ruling.loaded.remedies
    )


def offered_id(ruling: Ruling) -> str:
    """The id of the offer: a plan, or an add-on of the current one."""
    plan, add_on = ruling.question.offered
    return add_on or plan


def owner_of(ruling: Ruling, planned: Owner | None) -> Owner | None:
    """The CSM, also of a deal that Sales closes, until it is handed over; Sales where there is no
    CSM.
    """
    found = planned or task_owner("cs", ruling.loaded.profile.csm)
    if found is None and ruling.decision.outcome == "assisted":
        return task_owner("sales", ruling.loaded.profile.ae)
    return found


def opportunity_owner(ruling: Ruling) -> Mapping[str, str | None]:
    """Whom the customer deals with: the CSM, even if Sales closes too; nobody for self-service."""
    route = ruling.decision.route
    role = route.owner if route is not None and not ruling.is_unheard else "cs"
    profile = ruling.loaded.profile
    found: Any = {"cs": profile.csm, "hybrid": profile.csm, "sales": profile.ae}.get(role)
    return {"role": role, "id": found.id if found else None, "name": found.name if found else None}
