"""A mail that waited says how old its figures are: they match the item in the inbox. A task says
what is new in its log since the CRM was told last.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notifier.channels.hubspot.draft import Logged, TaskOrder
from services.notifier.delivery.compose import mail, task_order
from tests.unit.notifier.samples import HANAKO, NOW, claimed, facts


@pytest.mark.parametrize(
    ("waited", "dated"),
    [
        (timedelta(0), False),
        (timedelta(minutes=10), False),
        (timedelta(minutes=10, seconds=1), True),
    ],
)
def test_only_what_waited_for_long_is_dated(waited: timedelta, dated: bool) -> None:
    delivery = claimed(created_at=NOW + waited, told_at=NOW, facts=facts(), contact=HANAKO)
    found = mail(delivery, lambda right: "https://usage.example.com/u", NOW + waited)
    assert ("2026年11月22日 21:00 (JST)時点" in found.text.text) is dated
    assert ("2026年11月22日 21:00 (JST)時点" in found.text.html) is dated
    assert found.text.subject == "API呼び出し: 上限の96%を使用しています (Aozora)"


LATER = NOW + timedelta(days=9)
TASK = {"key": "t1", "priority": "low", "action": "raise", "due_at": NOW.isoformat()}


def _order(told: dict[str, Any] | None, **task: Any) -> TaskOrder:
    return task_order(claimed(channel="hubspot", task=TASK | task, told_task=told))


def test_a_task_without_a_log_asks_for_a_raise_as_ever() -> None:
    assert _order(None).log is None


def test_what_is_new_in_a_log_since_it_was_told_last() -> None:
    first = {"revision": 1, "raised": 1, "state": "open"}
    assert _order(None, **first).log == Logged(raises=True, moves=True)
    told = TASK | first
    snoozed = {"revision": 2, "raised": 1, "state": "snoozed", "snoozed_until": LATER.isoformat()}
    assert _order(told, **snoozed).log == Logged(moves=True)
    begun = {"revision": 2, "raised": 1, "state": "in_progress"}
    assert _order(told, **begun).log == Logged(begun=True, starts=True)
    assert _order(TASK | begun, **begun | {"revision": 3}).log == Logged(begun=True)
    again = {"revision": 5, "raised": 5, "reopened": 5, "state": "open"}
    assert _order(TASK | begun, **again).log == Logged(raises=True, reopens=True)


@pytest.mark.parametrize(("until", "due"), [(None, NOW), (NOW - timedelta(1), NOW), (LATER, LATER)])
def test_a_sleeping_task_is_due_when_it_wakes(until: datetime | None, due: datetime) -> None:
    snoozed = {} if until is None else {"snoozed_until": until.isoformat()}
    assert _order(None, revision=2, **snoozed).due_at == due
