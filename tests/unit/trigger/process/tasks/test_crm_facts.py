"""What another system tells of a task, as entries; what it is already is none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.trigger.accounts import Account
from services.trigger.judgement.facts.types import TaskDone, TaskSnoozed, TaskTaken
from services.trigger.process.log.entries import By, Draft
from services.trigger.process.people import Person
from services.trigger.process.tasks.crm_facts import TaskData, drafts, faults
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.task import Task
from shared.values.moments import iso
from tests.unit.trigger.process.tasks.given import begun, context

SEEN = context()
AT, ACCOUNT, POLICY, TASK = SEEN.at, SEEN.account, SEEN.policy, begun()
CRM = By("plimsoll", "crm")
MORI = Person("s1", "Mori", "mori@example.com", frozenset({"sales"}))
KATO = Person("u7", "Kato", "kato@example.com", frozenset({"csm"}))
UNTIL = AT + timedelta(days=2)


def told(task: Task, data: TaskData, person: Person | None = None) -> list[Draft]:
    return list(drafts(task, data, person, ACCOUNT, POLICY, AT))


def after(task: Task, data: TaskData, person: Person | None = None) -> Task:
    found = TASKS.noted(task, told(task, data, person), CRM, AT).state
    assert told(found, data, person) == [], "told again it is nothing"
    return found


def test_taken_is_started_and_theirs_if_we_know_them() -> None:
    taken = after(TASK, TaskTaken("t"), MORI)
    assert (taken.state, taken.owner.id, taken.owner.name) == ("in_progress", "s1", "Mori")
    assert taken.owner.role == TASK.owner.role
    nobody = after(TASK, TaskTaken("t"))
    assert (nobody.state, nobody.owner) == ("in_progress", TASK.owner)
    former = after(TASK, TaskTaken("t"), replace(MORI, active=False))
    assert (former.state, former.owner) == ("in_progress", TASK.owner)
    handed = after(taken, TaskTaken("t"), KATO)
    assert (handed.state, handed.owner.id) == ("in_progress", "u7")


def test_snoozed_sleeps_until_then_or_three_business_days() -> None:
    asleep = after(TASK, TaskSnoozed("t", iso(UNTIL)))
    assert (asleep.state, asleep.snoozed_until, asleep.snooze_reason) == ("snoozed", UNTIL, "crm")
    day = after(TASK, TaskSnoozed("t", UNTIL.date().isoformat()))
    assert day.snoozed_until is not None
    assert day.snoozed_until.astimezone(ACCOUNT.zone).strftime("%H:%M") == "09:00"
    nap = after(TASK, TaskSnoozed("t"))
    assert nap.snoozed_until is not None
    local = nap.snoozed_until.astimezone(ACCOUNT.zone)
    assert local.strftime("%H:%M") == "09:00"
    assert timedelta(days=2) < nap.snoozed_until - AT < timedelta(days=6)


def test_a_later_snooze_moves_the_waking_and_keeps_what_it_slept_in() -> None:
    begun = after(TASK, TaskTaken("t"))
    first = after(begun, TaskSnoozed("t", iso(UNTIL)))
    second = after(first, TaskSnoozed("t", iso(UNTIL + timedelta(days=1))))
    assert (second.snoozed_until, second.slept_in) == (UNTIL + timedelta(days=1), "in_progress")
    assert second.due_at == TASK.due_at
    assert told(second, TaskTaken("t")) == [], "it sleeps on"


@pytest.mark.parametrize("outcome", ["success", "no_success", "invalid"])
def test_done_is_closed_and_a_closed_task_takes_nothing(outcome: str) -> None:
    closed = after(TASK, TaskDone("t", outcome))  # type: ignore[arg-type]
    assert closed.state == f"closed_{outcome}"
    assert told(closed, TaskTaken("t"), MORI) == told(closed, TaskSnoozed("t")) == []
    assert told(closed, TaskDone("t", "success")) == []


@pytest.mark.parametrize(
    ("data", "owner", "path"),
    [
        (TaskTaken("t"), None, "/data/key"),
        (TaskTaken("t"), "another", "/data/key"),
        (TaskSnoozed("t", iso(AT)), TASK.account, "/data/until"),
        (TaskSnoozed("t", iso(AT + timedelta(days=91))), TASK.account, "/data/until"),
        (TaskSnoozed("t", iso(UNTIL)), TASK.account, None),
        (TaskSnoozed("t"), TASK.account, None),
        (TaskDone("t"), TASK.account, None),
    ],
)
def test_a_key_is_this_account_s_and_a_snooze_has_ends(
    data: TaskData, owner: str | None, path: str | None
) -> None:
    account: Account = ACCOUNT
    found = [one.path for one in faults(data, owner, TASK.account, account, AT)]
    assert found == ([path] if path else [])
