"""What a reading says about a task, compared with what was read or written before."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notifier.channels.base import TaskRead, TaskThere
from services.notifier.readings.changes import LONGEST, Change, changes
from tests.unit.notifier.samples import NOW

DUE = NOW + timedelta(days=1)
LATER = NOW + timedelta(days=4)
WROTE = TaskThere("open", DUE, "k1")


def found(before: TaskThere, **there: Any) -> list[Change]:
    given: dict[str, Any] = {"status": "open", "due_at": DUE, "owner": "k1"} | there
    now = TaskThere(**given)
    return list(changes(before, TaskRead(now, "m", NOW, "u9"), NOW))


@pytest.mark.parametrize(
    "before", [WROTE, TaskThere(), TaskThere("open"), TaskThere(None, None, "k1")]
)
def test_what_plimsoll_wrote_or_does_not_know_is_no_change(before: TaskThere) -> None:
    assert found(before) == []
    assert found(TaskThere(), status="in_progress", owner="m2", due_at=LATER) == []


def test_work_begun_and_a_new_owner_is_one_taking() -> None:
    assert found(WROTE, status="in_progress") == [Change("task.taken", owner="k1", user="u9")]
    assert found(WROTE, owner="m2") == [Change("task.taken", owner="m2", user="u9")]
    assert found(WROTE, owner="m2", status="in_progress") == [
        Change("task.taken", owner="m2", user="u9")
    ]
    assert found(TaskThere("open", DUE, ""), owner="m2") == [
        Change("task.taken", owner="m2", user="u9")
    ]
    assert found(WROTE, owner="") == [], "nobody has taken it"


def test_a_later_due_date_is_a_snooze_until_then_and_an_earlier_one_is_nothing() -> None:
    assert found(WROTE, due_at=LATER) == [Change("task.snoozed", user="u9", until=LATER)]
    assert found(WROTE, due_at=NOW + timedelta(hours=1)) == []
    assert found(WROTE, due_at=None) == []
    far = NOW + timedelta(days=200)
    assert found(WROTE, due_at=far) == [Change("task.snoozed", user="u9", until=NOW + LONGEST)]
    overdue = TaskThere("open", NOW - timedelta(days=3), "k1")
    assert found(overdue, due_at=NOW - timedelta(days=1)) == [], "there is nothing to wait for"
    assert found(overdue, due_at=NOW + timedelta(minutes=1)) == []


def test_a_task_that_is_done_is_nothing_else_and_is_told_once() -> None:
    there = {"status": "done", "owner": "m2", "due_at": LATER}
    assert found(WROTE, **there) == [Change("task.done", user="u9")]
    assert found(TaskThere("done", LATER, "m2"), **there) == []


def test_a_task_that_was_opened_again_there_is_not_news_but_work_on_it_is() -> None:
    done = TaskThere("done", DUE, "k1")
    assert found(done) == []
    assert found(done, status="in_progress") == [Change("task.taken", owner="k1", user="u9")]


def test_the_data_of_each_fact() -> None:
    until = datetime.fromisoformat("2026-12-01T00:00:00+00:00")
    assert Change("task.snoozed", until=until).data("t1", "k@example.com") == {
        "key": "t1",
        "until": "2026-12-01T00:00:00Z",
        "by": "k@example.com",
    }
    assert Change("task.done").data("t1", None) == {"key": "t1"}
