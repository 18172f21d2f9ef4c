"""What CRMs are told of a task: what it shall be now. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import UNSET

from services.trigger.process.people import Person
from services.trigger.process.tasks import words as wording
from services.trigger.process.tasks.task import Task
from shared.messages import Owner, Tell
from shared.messages import Task as Copy
from shared.messages.facts import AccountFacts
from shared.values.identity import identity

PURPOSES: Mapping[str, str] = {"usage": "usage", "opportunity": "opportunity"}
OTHER_PURPOSE = "remedy"


def copy(task: Task, owner: Owner | None) -> Copy:
    """Also after what it overtakes: a CRM may not have been told yet that there is more to do."""
    return Copy(
        key=task.id,
        purpose=PURPOSES.get(task.reason, OTHER_PURPOSE),
        priority=task.priority,
        owner=owner,
        due_at=task.due_at,
        revision=task.revision,
        state=task.state,
        snoozed_until=task.snoozed_until,
        raised=task.raised,
        reopened=task.reopened,
    )


def message(task: Task, account: AccountFacts, owner: Owner | None, now: datetime) -> Tell:
    """Of a change that nothing else is said about."""
    return Tell(
        key=identity("task", task.id, task.revision),
        kind="crm.task",
        cls="internal",
        account=task.account,
        created_at=now,
        facts=wording.facts_of(task.words, account),
        task=copy(task, owner),
        meter=task.about if task.reason == "usage" else None,
        decision=task.decision,
    )


def owner_of(task: Task, people: Mapping[str, Person]) -> Owner | None:
    """With the address by which the CRM knows them."""
    if task.owner.id is None:
        return None
    person = people.get(task.owner.id)
    role: Literal["cs", "sales"] = "sales" if task.owner.role == "sales" else "cs"
    email = None if person is None else person.email
    return Owner(role, task.owner.id, task.owner.name or "", email or UNSET)
