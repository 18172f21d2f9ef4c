"""The keys of `policy`: short forms, ends of ranges, and what a part that is left out means."""

from decimal import Decimal
from typing import Any

import pytest

from shared.catalog.place import Place
from shared.catalog.policy import read_policy
from shared.catalog.types import BugBlock, Cap, Guardrails, Holdout, Policy, Repeat, UsageLow
from shared.values.faults import Fault


def read(**policy: Any) -> tuple[Policy, list[Fault]]:
    faults: list[Fault] = []
    return read_policy(Place(policy, "/policy", faults)), faults


def test_nothing_given_is_the_default() -> None:
    assert read() == (Policy(), [])


@pytest.mark.parametrize(
    ("key", "given", "expected"),
    [
        ("usage_low", 25, UsageLow(Decimal(25), Decimal(-20))),
        ("usage_low", {"trend": 5}, UsageLow(Decimal(30), Decimal(5))),
        ("open_bugs_block", 3, BugBlock(3, 2)),
        ("repeat_periods", {"days": 7}, Repeat(2, 7, 95)),
        ("guardrails", Decimal("0.5"), Guardrails(Decimal("0.5"), Decimal(2), 100)),
        ("holdout", {"percent": 5}, Holdout(Decimal(5), "")),
        ("holdout", {"salt": ""}, Holdout()),
        ("proposal_cap", {"14": 1, "30": 2}, (Cap(1, 14), Cap(2, 30))),
        ("proposal_cap", [{"count": 3, "days": 7}], (Cap(3, 7),)),
        ("proposal_cap", [], ()),
        ("health", {"logins": 1}, {"logins": Decimal(1)}),
        ("sales_from", {}, {}),
    ],
)
def test_a_part_that_is_left_out_keeps_its_default(key: str, given: Any, expected: Any) -> None:
    policy, faults = read(**{key: given})
    assert faults == []
    assert getattr(policy, key) == expected


@pytest.mark.parametrize(
    ("key", "smallest", "largest"),
    [
        ("new_contract_grace_days", 0, 3650),
        ("login_target_30d", 1, 30),
        ("login_low_30d", 0, 30),
        ("tickets_high_ratio", 1, 1_000),
        ("cs_max_discount_pct", 0, 100),
        ("clear_value_multiple", 0, 1_000),
        ("mail_hold_seconds", 0, 3600),
    ],
)
def test_the_ends_of_a_range_are_in_it(key: str, smallest: int, largest: int) -> None:
    for value in (smallest, largest):
        assert (getattr(read(**{key: value})[0], key), read(**{key: value})[1]) == (value, [])
    for value in (smallest - 1, largest + 1):
        assert [fault.path for fault in read(**{key: value})[1]] == [f"/policy/{key}"]


@pytest.mark.parametrize("days", ["0", "3651", "-1", "1.5", "soon", "１４", "9" * 5_000, ""])
def test_a_cap_is_keyed_by_days_from_1_to_3650(days: str) -> None:
    (fault,) = read(proposal_cap={days: 1})[1]
    assert fault.reason == "must be keyed by days from 1 to 3650"


def test_the_longest_cap_is_ten_years() -> None:
    assert read(proposal_cap={"1": 1, "3650": 9}) == (
        Policy(proposal_cap=(Cap(1, 1), Cap(9, 3650))),
        [],
    )


def test_a_cap_without_its_days_is_a_fault_and_no_cap() -> None:
    policy, faults = read(proposal_cap=[{"count": 1}, {"count": 2, "days": 30}])
    assert [fault.path for fault in faults] == ["/policy/proposal_cap/0/days"]
    assert policy.proposal_cap == (Cap(2, 30),)


@pytest.mark.parametrize("arms", [{}, {"a": 1}, {"a": 1, "b": 1, "c": 1}])
def test_an_experiment_has_two_arms(arms: dict[str, int]) -> None:
    assert (
        Fault("/policy/experiment/arms", "must be two arms")
        in read(experiment={"id": "x", "salt": "s", "arms": arms})[1]
    )


def test_every_fault_is_named_at_once() -> None:
    _, faults = read(holidays="yes", routing="by_luck", sender={}, health={"logins": -1}, more=1)
    assert sorted(fault.path for fault in faults) == [
        "/policy/health/logins",
        "/policy/holidays",
        "/policy/more",
        "/policy/routing",
        "/policy/sender/address",
        "/policy/sender/contact",
        "/policy/sender/name",
    ]
