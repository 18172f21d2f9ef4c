"""How tasks begin, are raised and begin again."""

from datetime import timedelta

import pytest

from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Ending, TaskOpened
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.openings import Ended, opening
from services.trigger.process.tasks.reasons import REASONS
from services.trigger.process.tasks.task import Task
from shared.values.identity import identity
from tests.unit.trigger.process.tasks.given import LINES, begun, context, did, having, opened

NOW = context().at
DAY = timedelta(days=1)


def test_its_id_says_what_opened_it() -> None:
    account = context().account.id
    assert opened("goal").subject() == identity(account, "goal", "", "e1")
    assert opened("goal", decision="d1").subject() == identity(account, "goal", "", "d1")
    assert opened("goal", alert="a1").subject() == identity(account, "goal", "", "a1")


def test_a_raise_never_makes_it_less_urgent_nor_due_later() -> None:
    task = begun("implementation")
    later = context(NOW + DAY)
    same = raised(task, "implementation", later)
    assert (same.priority, same.due_at) == ("medium", task.due_at)
    low = opened("implementation", later, priority="low")
    assert low.raising(task).body["priority"] == "medium"
    high = having(
        task, "raised", **opened("implementation", later, priority="high").raising(task).body
    )
    assert (high.priority, high.due_at) == ("high", NOW + 2 * DAY)


def raised(task: Task, reason: str, seen: Context) -> Task:
    return having(task, "raised", **opened(reason, seen).raising(task).body)


def test_a_raise_lets_it_sleep() -> None:
    task = did(begun("seats"), {"type": "snooze", "until": "2025-09-20", "reason": "Away."})
    after = raised(task, "seats", context(NOW + DAY))
    assert (after.state, after.snoozed_until) == ("snoozed", task.snoozed_until)


def test_a_raise_keeps_what_the_new_cause_does_not_name() -> None:
    task = begun("usage", about="api", decision="d1", alert="a1", priority="low")
    later = opened("usage", about="api", decision="d2", priority="medium")
    after = having(task, "raised", **later.raising(task).body)
    assert (after.decision, after.alert) == ("d2", "a1")


def test_a_closed_task_begins_again_as_it_is_to_be_now() -> None:
    closed = did(begun("usage", about="api"), {"type": "close", "outcome": "no_success"})
    assert closed.is_closed
    after = having(
        closed, "reopened", **opened("usage", about="api", priority="high").reopening().body
    )
    assert (after.state, after.closed_at, after.priority) == ("open", None, "high")


@pytest.mark.parametrize("reason", sorted(set(REASONS) - {"escalation", "by_hand"}))
def test_whose_it_is_says_its_reason(reason: str) -> None:
    seen, deal = context(), Owner("hybrid", "s1", "Mori")
    effect = TaskOpened(reason, "", LINES, owner="s1" if reason == "handoff" else None)
    found = opening(effect, seen, "e1", deal).owner
    wanted = {
        "handoff": ("sales", "s1"),
        "first_contact": ("sales", None),
        "goal": ("sales", "s1"),
        "trial_ending": ("sales", "s1"),
    }
    assert (found.role, found.id) == wanted.get(reason, ("cs", "u7"))


@pytest.mark.parametrize("outcome", ["success", "no_success", "invalid"])
def test_how_it_ends(outcome: Ending) -> None:
    draft = Ended("a", "goal", "", outcome, "answered").draft()
    task = begun("goal")
    assert having(task, "closed", **draft.body).state == f"closed_{outcome}"
    assert TASKS.types["closed"].body is None


def test_who_has_left_is_stood_in_for() -> None:
    found = opened("handoff", owner="gone").owner
    assert (found.role, found.id) == ("cs", "m1")
