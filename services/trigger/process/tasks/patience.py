"""What a task waits for: its due date while it is awake, waking while it sleeps."""

from collections.abc import Mapping
from datetime import datetime

from services.trigger.accounts import Account
from services.trigger.process.log.entries import Draft
from services.trigger.process.tasks.due_dates import after_waking, due
from services.trigger.process.tasks.reasons import ESCALATION
from services.trigger.process.tasks.task import AWAKE, Task
from shared.catalog import Policy
from shared.values.moments import iso

DUE, WAKE = PURPOSES = "task_due", "task_wake"
"""Purposes of timers."""


def waits(task: Task) -> Mapping[str, datetime]:
    """Purposes and moments of what the task waits for now."""
    if task.state == "snoozed" and task.snoozed_until is not None:
        return {WAKE: task.snoozed_until}
    if task.state in AWAKE and task.escalated_at is None and task.reason != ESCALATION:
        return {DUE: task.due_at}
    return {}


def is_too_late(task: Task, now: datetime) -> bool:
    """Once in its life."""
    return DUE in waits(task) and task.is_overdue(now)


def woken(task: Task, moment: datetime, now: datetime, account: Account, policy: Policy) -> Draft:
    """`moment`: when it was to wake; who wakes much too late has the days from now on."""
    due_at = after_waking(task.due_at, moment, task.priority, account, policy)
    if due_at <= now:
        due_at = due(now, task.priority, account, policy)
    return Draft("woken", {"due_at": iso(due_at)})
