"""What people may do with a task, and when."""

from datetime import timedelta
from typing import Any

import pytest

from services.trigger.process.log.entries import First, Known
from services.trigger.process.log.kind import Appended
from services.trigger.process.tasks.task import Task
from shared.values.moments import iso
from tests.unit.trigger.process.tasks.given import (
    HOUR,
    ask,
    begun,
    codes,
    context,
    did,
    having,
)

NOW = context().at
SNOOZE = {"type": "snooze", "until": iso(NOW + HOUR), "reason": "They are away."}
OUT_OF_RANGE = ("/until", "must be from 2025-09-16T00")
CLOSE = {"type": "close", "outcome": "success"}
ACTS: dict[str, dict[str, Any]] = {
    "start": {"type": "start"},
    "snooze": SNOOZE,
    "wake": {"type": "wake"},
    "due": {"type": "due", "due_at": iso(NOW + HOUR)},
    "owner": {"type": "owner", "person": "s1"},
    "close": CLOSE,
    "note": {"type": "note", "text": "x"},
}


def states() -> dict[str, Task]:
    new = begun()
    return {
        "open": new,
        "in_progress": did(new, ACTS["start"]),
        "snoozed": did(new, SNOOZE),
        "closed": did(new, CLOSE),
    }


ALLOWED = {
    "open": {"start", "snooze", "due", "owner", "close", "note"},
    "in_progress": {"snooze", "due", "owner", "close", "note"},
    "snoozed": {"wake", "due", "owner", "close", "note"},
    "closed": {"note"},
}


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("act", ACTS)
def test_what_is_possible_in_which_state(state: str, act: str) -> None:
    found = codes(ask(states()[state], ACTS[act], person="m1"))
    if act in ALLOWED[state]:
        assert found is None
    else:
        code = "closed" if state == "closed" else "wrong_state"
        assert found == (409, [("/type", code)])


def test_bp_10_who_is_asleep_wakes_to_what_it_was() -> None:
    for before in (begun(), did(begun(), ACTS["start"])):
        asleep = did(before, SNOOZE)
        assert (asleep.state, asleep.snoozed_until) == ("snoozed", NOW + HOUR)
        assert asleep.snooze_reason == "They are away."
        awake = did(asleep, ACTS["wake"])
        assert (awake.state, awake.snoozed_until, awake.snooze_reason) == (
            before.state,
            None,
            None,
        )


def test_on_waking_there_are_the_days_of_the_priority_again() -> None:
    task = did(begun("seats"), {**SNOOZE, "until": iso(NOW + timedelta(days=1))})
    later = NOW + timedelta(days=2)
    awake = did(task, ACTS["wake"], context(later))
    # 2025-09-18 is a Thursday; three business days later is a Tuesday.
    assert (task.due_at, awake.due_at) == (NOW + timedelta(days=3), NOW + timedelta(days=7))
    far = did(begun("seats", due_at=NOW + timedelta(days=60)), SNOOZE)
    assert did(far, ACTS["wake"]).due_at == NOW + timedelta(days=60)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (timedelta(seconds=59), (422, [OUT_OF_RANGE])),
        (timedelta(minutes=1), None),
        (timedelta(days=90), None),
        (timedelta(days=90, seconds=1), (422, [OUT_OF_RANGE])),
    ],
)
def test_bp_10_sleep_lasts_from_a_minute_to_ninety_days(after: timedelta, wanted: Any) -> None:
    found = ask(begun(), {**SNOOZE, "until": iso(NOW + after)})
    assert codes(found) == wanted


def test_a_day_is_nine_o_clock_there() -> None:
    task = did(begun(), {**SNOOZE, "until": "2025-09-18"})
    local = task.snoozed_until
    assert local is not None
    zone = context().account.zone
    assert local.astimezone(zone).isoformat()[:16] == "2025-09-18T09:00"
    assert did(begun(), {"type": "due", "due_at": "2025-09-18"}).due_at == local


def test_what_is_invalid_says_why() -> None:
    assert codes(ask(begun(), {"type": "close", "outcome": "invalid"})) == (
        422,
        [("/text", "is missing")],
    )
    closed = did(begun(), {"type": "close", "outcome": "invalid", "text": "Not ours."})
    assert (closed.state, closed.closed_at) == ("closed_invalid", NOW)


@pytest.mark.parametrize(
    ("person", "act", "wanted"),
    [
        ("s1", "close", "not_owner"),
        ("s1", "note", None),
        ("p1", "note", "not_your_role"),
        ("m1", "close", None),
        ("s1", "owner", "not_owner"),
        ("u7", "owner", "not_your_role"),
        (None, "close", None),
    ],
)
def test_whose_it_is(person: str | None, act: str, wanted: str | None) -> None:
    found = codes(ask(begun(), ACTS[act], person=person))
    assert found == (None if wanted is None else (403, [("/type", wanted)]))


def test_who_takes_a_task_that_nobody_has() -> None:
    nobody = {"role": "cs", "id": None, "name": None}
    free = having(begun(), "owner", person=None, owner=nobody, before=None)
    assert codes(ask(free, {"type": "owner", "person": "s1"}, person="s1")) == (
        403,
        [("/type", "not_your_role")],
    )
    assert did(free, {"type": "owner", "person": "u7"}).owner.id == "u7"


def test_the_order_of_refusals() -> None:
    task = begun()
    bad = {**SNOOZE, "until": "2020-01-01"}
    assert codes(ask(task, bad, person="s1", revision=9)) == (
        422,
        [("/until", "must be from 2025-09-16T00")],
    )
    found = ask(task, ACTS["start"])
    assert isinstance(found, Appended)
    first = First(found.entries[0], same=True)
    assert isinstance(ask(found.state, ACTS["start"], person="s1", revision=9, first=first), Known)
    assert codes(ask(found.state, ACTS["start"], person="s1", revision=9)) == (
        403,
        [("/type", "not_owner")],
    )
    assert codes(ask(found.state, ACTS["start"], revision=9)) == (
        412,
        [("header.If-Match", "the revision is 2")],
    )
    assert codes(ask(found.state, ACTS["start"], revision=2)) == (409, [("/type", "wrong_state")])
