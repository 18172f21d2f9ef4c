"""What is overdue is told to the owner's manager, once, as a task of theirs."""

from collections.abc import Mapping
from datetime import datetime

from services.trigger.accounts import Account
from services.trigger.alerts.notices import account_facts
from services.trigger.judgement.words.proposal import say
from services.trigger.process.log.entries import Draft
from services.trigger.process.people import Person, in_charge
from services.trigger.process.tasks import words
from services.trigger.process.tasks.due_dates import due
from services.trigger.process.tasks.openings import Opening, owner_of
from services.trigger.process.tasks.reasons import ESCALATION, REASONS
from services.trigger.process.tasks.task import Task
from shared.catalog import Policy
from shared.messages.facts import Name, PersonFacts, TaskFacts
from shared.values.identity import identity
from shared.values.moments import iso


def manager_of(task: Task, people: Mapping[str, Person]) -> Person | None:
    """Who hears of it; None: nobody is above the owner, or nobody has it."""
    owner = people.get(task.owner.id) if task.owner.id else None
    return in_charge(owner.manager, people) if owner is not None and owner.manager else None


def escalated(manager: Person | None) -> Draft:
    return Draft("escalated", {"to": manager.id if manager is not None else None})


def opening(
    task: Task, manager: Person, now: datetime, account: Account, policy: Policy
) -> Opening:
    """The manager's task, of the same type and in the same role. `task`: with the entry that says
    so.
    """
    priority = REASONS[ESCALATION].priority
    return Opening(
        account=task.account,
        reason=ESCALATION,
        about=task.id,
        cause=identity("entry", task.id, task.revision),
        type=task.type,
        words=words.of_lines(account_facts(account), _lines(task)),
        priority=priority,
        owner=owner_of(manager, task.owner.role),
        due_at=due(now, priority, account, policy),
        opportunity=task.opportunity,
        alert=task.alert,
        decision=task.decision,
    )


def _lines(task: Task) -> TaskFacts:
    title = Name(*(words.said(task.words, locale).about for locale in ("en", "ja")))
    owner = PersonFacts(task.owner.name) if task.owner.name else None
    return TaskFacts(
        happened=(say("signal.overdue", title=title, date=iso(task.due_at)),),
        why_now=(say("why.overdue", owner=owner),),
        next_step=(say("next.escalated", title=title, owner=owner),),
    )
