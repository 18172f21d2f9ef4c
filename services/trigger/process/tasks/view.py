"""A task as `GET` shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.trigger.process.tasks.shapes import CrmCopyShown, TaskShown
from services.trigger.process.tasks.task import Task
from services.trigger.process.tasks.words import said
from shared.values.moments import iso


def shown(task: Task, now: datetime, locale: str, crm: Sequence[CrmCopyShown] = ()) -> TaskShown:
    words = said(task.words, locale)
    found: Any = {
        "id": task.id,
        "account": task.account,
        "type": task.type,
        "reason": task.reason,
        "about": task.about or None,
        "title": words.title,
        "lines": dict(words.lines),
        "priority": task.priority,
        "state": task.state,
        "owner": task.owner.json(),
        "opened_at": iso(task.opened_at),
        "due_at": iso(task.due_at),
        "overdue": task.is_overdue(now),
        "snoozed_until": iso(task.snoozed_until),
        "snooze_reason": task.snooze_reason,
        "escalated_at": iso(task.escalated_at),
        "opportunity": task.opportunity,
        "alert": task.alert,
        "decision": task.decision,
        "closed_at": iso(task.closed_at),
        "crm": list(crm),
        "revision": task.revision,
    }
    shown: TaskShown = found
    return shown
