"""What a task waits for."""

from datetime import timedelta

from services.trigger.process.tasks import patience
from services.trigger.process.tasks.patience import DUE, WAKE
from shared.values.moments import iso
from tests.unit.trigger.process.tasks.given import begun, context, did, having

NOW = context().at
DAY = timedelta(days=1)
SNOOZE = {"type": "snooze", "until": iso(NOW + DAY), "reason": "Away."}


def test_awake_it_waits_for_its_due_date_asleep_for_waking_closed_for_nothing() -> None:
    task = begun("seats")
    assert patience.waits(task) == {DUE: NOW + 3 * DAY}
    assert patience.waits(did(task, {"type": "start"})) == {DUE: NOW + 3 * DAY}
    assert patience.waits(did(task, SNOOZE)) == {WAKE: NOW + DAY}
    assert patience.waits(did(task, {"type": "close", "outcome": "success"})) == {}


def test_it_is_too_late_once_in_its_life_and_never_for_an_escalation() -> None:
    task = begun("seats")
    assert not patience.is_too_late(task, task.due_at - timedelta(microseconds=1))
    assert patience.is_too_late(task, task.due_at)
    again = having(task, "escalated", at=task.due_at, to=None)
    assert not patience.is_too_late(again, task.due_at + 9 * DAY)
    assert again.is_overdue(task.due_at)
    assert again.escalated_at == task.due_at
    assert patience.waits(begun("escalation", owner="m1")) == {}
    assert not did(task, SNOOZE).is_overdue(task.due_at + DAY)


def test_who_wakes_in_time_has_the_days_from_then_who_wakes_much_too_late_from_now() -> None:
    seen, task = context(), did(begun("competitor"), SNOOZE)
    until = NOW + DAY
    for now, due_at in (
        (until + timedelta(seconds=1), NOW + 2 * DAY),
        # A Friday; the next business day is a Monday.
        (NOW + 3 * DAY, NOW + 6 * DAY),
    ):
        draft = patience.woken(task, until, now, seen.account, seen.policy)
        assert (draft.type, draft.body["due_at"]) == ("woken", iso(due_at))
