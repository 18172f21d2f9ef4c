"""When a reason of an opportunity expires, its task is sent again without it. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import msgspec

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.facts.facts import Opportunity, Signal
from services.trigger.judgement.findings import reasons
from services.trigger.judgement.findings.reasons import Reason
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.words import proposal
from services.trigger.process.tasks.places import Place
from services.trigger.proposals.effects.basis import Ruling
from services.trigger.proposals.effects.tasks import opportunity_task
from shared.messages import Tell
from shared.messages.facts import TaskFacts
from shared.values.identity import identity

EASE = "reasons"
"""The timer that checks open reasons again."""

_OVER = TaskFacts(
    happened=(proposal.say("signal.over"),),
    why_now=(proposal.say("why.over"),),
    next_step=(proposal.say("next.watch"),),
)


def eased(loaded: Loaded, now: datetime) -> list[tuple[Opportunity, tuple[Reason, ...], Tell]]:
    """Open opportunities whose task lists expired reasons, with what remains and the new task."""
    found = []
    still = reasons.open_reasons(Case("schedule", now, loaded.catalog, loaded.facts))
    for opportunity in loaded.facts.opportunities:
        told = opportunity.told or ()
        left = tuple(one for one in still if (one.type, one.key) in told)
        if len(left) < len(told):
            ruling = _ruling(loaded, now, left)
            if ruling.question.offers and ruling.question.offered == (
                opportunity.plan,
                opportunity.add_on,
            ):
                found.append(
                    (opportunity, reasons.names(left), _task(ruling, opportunity, over=not left))
                )
            elif (
                opportunity.add_on is not None
            ):  # there is room again, so no add-on is needed, whatever else is left
                found.append((opportunity, (), _task(ruling, opportunity, over=True)))
    return found


def _ruling(loaded: Loaded, now: datetime, left: Iterable[Signal]) -> Ruling:
    """What would be decided for the remaining reasons.

    It is not stored, because nothing new has come up.
    """
    only = replace(loaded, facts=replace(loaded.facts, signals=tuple(left)))
    case = Case("schedule", now, loaded.catalog, only.facts, None, only.facts.signals)
    decision = identity("decision", EASE, loaded.profile.id, now.isoformat())
    return Ruling(only, Question.of(case), replace(decide(case), id=decision))


def _task(ruling: Ruling, opportunity: Opportunity, *, over: bool) -> Tell:
    """`eases`: with less to do there is no reason to do it sooner.

    The decision is not stored, so none is named.
    """
    tell = opportunity_task(ruling, (opportunity.plan, opportunity.add_on))
    assert tell.task is not None
    task = msgspec.structs.replace(tell.task, eases=True)
    facts = msgspec.structs.replace(tell.facts, task=_OVER) if over else tell.facts
    key = identity("task", tell.task.key, EASE, opportunity.id, ruling.decision.at.isoformat())
    return msgspec.structs.replace(tell, key=key, task=task, facts=facts, decision=None)


def places(opportunity: Opportunity, tell: Tell) -> dict[str, Place]:
    """Where the task belongs that such a message is about."""
    assert tell.task is not None
    about = opportunity.add_on or opportunity.plan
    return {tell.task.key: Place("opportunity", about, opportunity.id, known=True)}


def ends(loaded: Loaded, now: datetime) -> datetime | None:
    """When the first reason listed in a task expires."""
    named = {reason for one in loaded.facts.opportunities for reason in one.told or ()}
    if not named:
        return None
    open_ones = reasons.open_reasons(Case("schedule", now, loaded.catalog, loaded.facts))
    return min(
        (one.until for one in open_ones if (one.type, one.key) in named and one.until is not None),
        default=None,
    )
