"""Who is held out is decided by a number of the account that never changes."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.judgement.gates.holdout import arm, arm_of, held_out
from shared.catalog import Policy
from shared.catalog.process import Experiment

ACCOUNTS = [f"acct-{number}" for number in range(2000)]


def policy(percent: int) -> Policy:
    found = Policy()
    return replace(found, holdout=replace(found.holdout, percent=Decimal(percent), salt="2025"))


def test_a_share_of_the_accounts_and_a_larger_one_holds_the_same_and_more() -> None:
    ten, twenty = (
        {one for one in ACCOUNTS if held_out(policy(percent), one)} for percent in (10, 20)
    )
    assert ten < twenty
    assert 150 < len(ten) < 250
    assert 330 < len(twenty) < 470


def test_none_and_all() -> None:
    assert not any(held_out(policy(0), one) for one in ACCOUNTS)
    assert all(held_out(policy(100), one) for one in ACCOUNTS)


def test_the_number_depends_on_the_salt() -> None:
    assert {arm("2025", one) for one in ACCOUNTS} == set(range(100))
    assert [arm("2025", one) for one in ACCOUNTS] == [arm("2025", one) for one in ACCOUNTS]
    assert [arm("2025", one) for one in ACCOUNTS] != [arm("2026", one) for one in ACCOUNTS]


def test_an_experiment_has_two_arms_of_about_the_same_size() -> None:
    experiment = Experiment("when", "salt", {"late": 90, "early": 70})
    in_early = sum(arm_of(experiment, one) == "early" for one in ACCOUNTS)
    assert 900 < in_early < 1100
    again = Experiment("when", "salt", {"early": 70, "late": 90})
    assert all(arm_of(experiment, one) == arm_of(again, one) for one in ACCOUNTS)
