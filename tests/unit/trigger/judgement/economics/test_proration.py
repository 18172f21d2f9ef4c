"""A change of plan within a period, to the second or by the day."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.economics.proration import Mode, NotQuotable, Proration, prorate
from shared.values.periods import Period
from tests.support.catalogs import document, parsed, plan
from tests.support.stories import account, day

SOLD = parsed(document(plans=[plan("small", 1, 30), plan("large", 2, 300)]))
JUNE = Period(day("2025-06-01"), day("2025-07-01"))


def change(at: datetime, mode: Mode = "second", *, up: bool = True) -> Proration:
    before, after = ("small", "large") if up else ("large", "small")
    return moved(before, after, at, mode)


def moved(before: str, after: str, at: datetime, mode: Mode = "second") -> Proration:
    subscription = account(SOLD, before).facts.subscription
    assert subscription is not None
    plans = SOLD.plans
    return prorate(plans[before], plans[after], subscription, JUNE, at, "UTC", mode)


@pytest.mark.parametrize(
    ("at", "credit", "charge", "due"),
    [
        (JUNE.start, "-30.00", "300.00", "270.00"),
        (JUNE.start + timedelta(days=15), "-15.00", "150.00", "135.00"),
        (JUNE.end - timedelta(days=1), "-1.00", "10.00", "9.00"),
        (JUNE.end - timedelta(seconds=1), "0.00", "0.00", "0.00"),
    ],
)
def test_the_rest_of_the_period_is_what_is_charged(
    at: datetime, credit: str, charge: str, due: str
) -> None:
    found = change(at)
    assert (found.credit, found.charge, found.due) == (
        Decimal(credit),
        Decimal(charge),
        Decimal(due),
    )
    assert found.effective_at == at


def test_by_the_day_the_day_of_the_change_counts() -> None:
    morning, evening = (JUNE.start + timedelta(days=15, hours=hours) for hours in (0, 23))
    assert change(morning, "day").due == change(evening, "day").due == Decimal("135.00")
    assert change(evening).due < change(evening, "day").due


def test_a_lower_plan_starts_at_the_end_with_nothing_due() -> None:
    found = change(JUNE.start + timedelta(days=15), up=False)
    assert found.due == 0
    assert found.effective_at == JUNE.end


@pytest.mark.parametrize("at", [JUNE.start - timedelta(microseconds=1), JUNE.end])
def test_a_moment_outside_of_the_period_has_no_price(at: datetime) -> None:
    with pytest.raises(NotQuotable, match="running period") as refusal:
        change(at)
    assert refusal.value.path == "/at"


def test_the_present_plan_has_no_price_either() -> None:
    with pytest.raises(NotQuotable, match="small is the present plan"):
        moved("small", "small", JUNE.start)
