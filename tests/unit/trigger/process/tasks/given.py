"""Tasks in a few words: a log that begins, and what entries are asked in."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from services.trigger.api.work.tasks import TaskEntry
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    Actor,
    Asked,
    By,
    Draft,
    First,
    Known,
    Refused,
    TaskOpened,
)
from services.trigger.process.log.kind import Appended
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.openings import Opening, opening
from services.trigger.process.tasks.task import Task
from shared.messages.facts import SaidFacts, TaskFacts
from tests.unit.trigger.process import cases as deals

PEOPLE = deals.PEOPLE
_ENTRY = TypeAdapter(TaskEntry)
LINES = TaskFacts(
    happened=(SaidFacts("signal.nps_high", {"score": 9}),),
    say=(SaidFacts("next.talk"),),
    next_step=(SaidFacts("next.csat"),),
)


def context(at: datetime | None = None) -> Context:
    seen = deals.context()
    return seen if at is None else replace(seen, at=at)


def opened(reason: str = "competitor", seen: Context | None = None, **more: Any) -> Opening:
    effect = TaskOpened(reason, more.pop("about", ""), LINES, **more)
    return opening(effect, seen or context(), "e1", None)


def begun(reason: str = "competitor", seen: Context | None = None, **more: Any) -> Task:
    seen = seen or context()
    one = opened(reason, seen, **more)
    return TASKS.begun(one.subject(), one.account, one.draft(), JUDGEMENT, seen.at).state


def having(task: Task, type_: str, at: datetime | None = None, **body: Any) -> Task:
    """With an entry of Plimsoll."""
    return TASKS.noted(task, [Draft(type_, body)], JUDGEMENT, at or context().at).state


def ask(
    task: Task,
    body: dict[str, Any],
    seen: Context | None = None,
    person: str | None = "u7",
    revision: int | None = None,
    first: First | None = None,
) -> Refused | Known | Appended[Task]:
    actor = Actor(By("key", "k")) if person is None else Actor(By("person", person), PEOPLE[person])
    entry = _ENTRY.validate_python(body).root
    return TASKS.append(task, Asked(entry, actor, revision, first), seen or context())


def did(task: Task, body: dict[str, Any], seen: Context | None = None) -> Task:
    found = ask(task, body, seen)
    assert isinstance(found, Appended), found
    return found.state


def codes(found: object) -> tuple[int, list[tuple[str, str]]] | None:
    """None: it was appended."""
    if not isinstance(found, Refused):
        return None
    return found.status, [(one.path, one.reason.partition(":")[0]) for one in found.faults]


HOUR = timedelta(hours=1)
