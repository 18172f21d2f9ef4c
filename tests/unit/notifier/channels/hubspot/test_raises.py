"""What a raise writes: all of it without a log, with one only what is new and does not stand."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.channels.hubspot.draft import Draft, Logged, TaskOrder, stamp
from services.notifier.channels.hubspot.raises import raise_of
from tests.unit.notifier.samples import NOW

SOONER, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)
TEXT = {"hs_task_subject": "90%"}


def _order(log: Logged | None, **other: Any) -> TaskOrder:
    return TaskOrder("k", "raise", "90%", "b", "low", NOW, None, "a", log=log, **other)


def _written(order: TaskOrder, **standing: str) -> dict[str, str]:
    return raise_of(order, standing).properties(Draft(), TEXT)


@pytest.mark.parametrize(("there", "is_moved"), [(SOONER, False), (NOW, False), (LATER, True)])
def test_without_a_log_only_an_earlier_date_is_written(there: Any, is_moved: bool) -> None:
    found = _written(_order(None), hs_timestamp=stamp(there), hs_task_status="NOT_STARTED")
    assert found == TEXT | ({"hs_timestamp": stamp(NOW)} if is_moved else {})


@pytest.mark.parametrize("there", [SOONER, LATER])
@pytest.mark.parametrize("moves", [True, False])
def test_with_a_log_a_new_date_is_written_and_no_other(there: Any, moves: bool) -> None:
    standing = {"hs_timestamp": stamp(there), "hs_task_status": "NOT_STARTED", **TEXT}
    found = _written(_order(Logged(moves=moves)), **standing)
    assert found == ({"hs_timestamp": stamp(NOW)} if moves else {})


@pytest.mark.parametrize(
    ("log", "status", "written"),
    [
        (Logged(begun=True, starts=True), "NOT_STARTED", "IN_PROGRESS"),
        (Logged(begun=True, starts=True), "WAITING", None),
        (Logged(begun=True, starts=True), "COMPLETED", None),
        (Logged(raises=True, moves=True), "COMPLETED", None),
        (Logged(raises=True, reopens=True), "COMPLETED", "NOT_STARTED"),
        (Logged(raises=True, reopens=True), "NOT_STARTED", None),
    ],
)
def test_a_state_of_people_there_is_kept_unless_it_was_reopened(
    log: Logged, status: str, written: str | None
) -> None:
    found = _written(_order(log), hs_task_status=status, hs_timestamp=stamp(LATER), **TEXT)
    assert found.get("hs_task_status") == written


def test_a_higher_threshold_reopens_what_a_colleague_has_just_done() -> None:
    order = _order(Logged(raises=True), climbs=True)
    found = _written(order, hs_task_status="COMPLETED", **TEXT)
    assert found["hs_task_status"] == "NOT_STARTED"
