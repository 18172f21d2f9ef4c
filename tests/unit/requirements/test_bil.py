"""BIL: mid-cycle change, quoted and charged (R-160..R-162)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.judgement.economics.proration import (
    Beside,
    Mode,
    NotQuotable,
    Proration,
    beside,
    prorate,
)
from shared.catalog import Catalog, catalog_document
from shared.values.periods import Grid, Period, period_at
from tests.support.catalogs import catalog, document, parsed, plan
from tests.support.stories import NOW, bought, day

GLOBAL, JP = catalog("global"), catalog("jp")
SEPTEMBER = Period(day("2025-09-01"), day("2025-10-01"))
ODD_MOMENT = datetime(2025, 9, 20, 12, 34, 56, tzinfo=UTC)


def priced(old: str, new: str, currency: str = "USD") -> Catalog:
    """Two plans at these prices a month."""
    plans = [plan("old", 1, seats=5), plan("new", 2, seats=25), plan("top", 3)]
    prices = [{"month": Decimal(old)}, {"month": Decimal(new)}, {"month": Decimal(new) * 2}]
    return parsed(
        document(
            currency=currency,
            plans=[entry | {"price": price} for entry, price in zip(plans, prices, strict=True)],
        )
    )


def quoted(
    found: Catalog,
    at: datetime,
    mode: Mode = "second",
    old: str = "old",
    new: str = "new",
    **subscription: object,
) -> Proration:
    own = bought(old, day("2024-07-01"), **subscription)
    return prorate(found.plans[old], found.plans[new], own, SEPTEMBER, at, "UTC", mode)


@pytest.mark.parametrize(
    ("old", "new", "currency", "at", "mode", "lines"),
    [
        ("10", "20", "USD", NOW, "second", ("-5.00", "10.00", "5.00")),
        ("49", "500", "USD", NOW, "second", ("-24.50", "250.00", "225.50")),
        ("10000", "30000", "JPY", NOW, "second", ("-5000", "15000", "10000")),
        ("10000", "30000", "JPY", day("2025-09-11"), "second", ("-6667", "20000", "13333")),
        ("500", "1750", "USD", ODD_MOMENT, "second", ("-174.60", "611.08", "436.48")),
        ("500", "1750", "USD", ODD_MOMENT, "day", ("-183.33", "641.67", "458.34")),
        ("10000", "30000", "JPY", day("2025-09-11"), "day", ("-6667", "20000", "13333")),
        ("1.235", "2.470", "KWD", NOW, "second", ("-0.618", "1.235", "0.617")),
    ],
)
def test_r_160_proration(
    old: str, new: str, currency: str, at: datetime, mode: Mode, lines: tuple[str, str, str]
) -> None:
    shown = quoted(priced(old, new, currency), at, mode).json()
    assert (shown["credit"], shown["charge"], shown["due"]) == lines


def test_r_160_the_plans_of_the_default_catalogue() -> None:
    assert quoted(GLOBAL, NOW, old="starter", new="pro").json() == {
        "credit": "-24.50",
        "charge": "250.00",
        "due": "225.50",
    }


def test_r_160_extras_that_end_or_change_their_price_are_in_the_sums() -> None:
    """Ten packs that only the old plan sells, two seats that get cheaper, one pack that stays."""
    plans = [plan("old", 1, seats=5), plan("new", 2, seats=25)]
    priced = zip(plans, ({"month": 10}, {"month": 20}), ({"seats": 5}, {"seats": 3}), strict=True)
    add_ons = [
        {"id": "old_pack", "price": 1, "plans": ["old"]},
        {"id": "pack", "price": 7},
        {"id": "seldom", "price": 10**15},
    ]
    found = parsed(
        document(
            plans=[entry | {"price": price, "extra": extra} for entry, price, extra in priced],
            add_ons=add_ons,
        )
    )
    own = bought(
        "old", day("2024-07-01"), add_ons={"old_pack": 10, "seats": 2, "pack": 1, "seldom": 10**9}
    )
    changes = beside(found, found.plans["old"], found.plans["new"], own)
    assert changes == Beside(Fraction(20), Fraction(6))
    shown = prorate(
        found.plans["old"], found.plans["new"], own, SEPTEMBER, NOW, "UTC", beside=changes
    ).json()
    assert shown == {"credit": "-15.00", "charge": "13.00", "due": "-2.00"}
    lower = prorate(
        found.plans["new"], found.plans["old"], own, SEPTEMBER, NOW, "UTC", beside=changes
    )
    assert lower.json() == {"credit": "0.00", "charge": "0.00", "due": "0.00"}


@pytest.mark.parametrize(
    ("year", "quantity", "credit"),
    [
        ("100", 3, "-12.50"),
        ("0.04", 3, "-0.01"),
        ("999999999999999.99", 1_000_000_000, "-41666666666666666250000.00"),
    ],
)
def test_r_160_a_twelfth_of_a_year_is_rounded_once(year: str, quantity: int, credit: str) -> None:
    """By the month, half of one is left: a twenty-fourth of the year, times the quantity, and only
    then to the cent.
    """
    plans = [
        plan("old", 1, seats=5) | {"price": {"year": Decimal(year)}},
        plan("new", 2, seats=25) | {"price": {"month": 0}},
    ]
    found = parsed(document(currency="USD", plans=plans))
    assert quoted(found, NOW, quantity=quantity).credit == Decimal(credit)


def test_r_160_hoshino_upgrades_in_the_middle_of_a_year() -> None:
    own = bought("pro", day("2025-03-16"), "year")
    year = period_at(Grid(day("2025-03-16"), "year", "UTC"), NOW)
    found = prorate(GLOBAL.plans["pro"], GLOBAL.plans["enterprise"], own, year, NOW, "UTC")
    assert (year.end - NOW).days == 181
    assert found.json() == {"credit": "-2975.34", "charge": "10413.70", "due": "7438.36"}
    assert found.effective_at == NOW


def test_r_160_days_are_those_of_the_accounts_calendar() -> None:
    """At 20:00 UTC it is the 21st in Tokyo: 10 days of the 30 are left."""
    tokyo = Period(datetime(2025, 8, 31, 15, tzinfo=UTC), datetime(2025, 9, 30, 15, tzinfo=UTC))
    found = priced("300", "600")
    own = bought("old", tokyo.start)
    at = datetime(2025, 9, 20, 20, tzinfo=UTC)
    assert (
        prorate(found.plans["old"], found.plans["new"], own, tokyo, at, "Asia/Tokyo", "day").charge
        == 200
    )


def test_r_160_quantity_multiplies_and_what_is_really_paid_is_credited() -> None:
    found = quoted(priced("10", "20"), NOW, quantity=5, price=Decimal(8))
    assert [found.credit, found.charge, found.due] == [-20, 50, 30]


def test_r_161_what_was_quoted_is_a_matter_of_the_stored_moment() -> None:
    found = priced("500", "1750")
    assert quoted(found, ODD_MOMENT) == quoted(found, ODD_MOMENT)
    assert quoted(found, ODD_MOMENT + timedelta(hours=5)).due != quoted(found, ODD_MOMENT).due


@pytest.mark.parametrize("mode", ["second", "day"])
def test_r_162_a_lower_plan_holds_from_the_periods_end_with_nothing_due(mode: Mode) -> None:
    found = quoted(GLOBAL, NOW, mode, old="enterprise", new="pro")
    assert found.effective_at == day("2025-10-01")
    assert found.json() == {"credit": "0.00", "charge": "0.00", "due": "0.00"}
    assert quoted(GLOBAL, NOW, mode, old="starter", new="pro").effective_at == NOW


def test_what_has_no_price_is_not_quoted() -> None:
    custom = catalog_document(GLOBAL)
    custom["plans"][2]["price"] = "custom"
    with pytest.raises(
        NotQuotable, match="enterprise has no list price; it is quoted individually"
    ):
        quoted(parsed(custom), NOW, old="pro", new="enterprise")
    with pytest.raises(NotQuotable, match="present plan"):
        quoted(GLOBAL, NOW, old="pro", new="pro")
    with pytest.raises(NotQuotable, match="running period"):
        quoted(GLOBAL, day("2025-10-01"), old="pro", new="enterprise")
    families = document(
        plans=[plan("old", 1, 10), plan("new", 2, 20, family="other", currency="JPY")]
    )
    with pytest.raises(NotQuotable, match="another family or currency"):
        quoted(parsed(families), NOW)


moments = st.datetimes(datetime(2025, 9, 1), datetime(2025, 9, 30, 23, 59, 59)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
prices = st.decimals("0.01", "100000", places=2)


@given(prices, prices, moments, st.sampled_from(["second", "day"]))
def test_the_sum_is_that_of_its_printed_parts(
    old: Decimal, new: Decimal, at: datetime, mode: Mode
) -> None:
    found = quoted(priced(str(old), str(new)), at, mode)
    shown = {name: Decimal(text) for name, text in found.json().items()}
    assert shown["due"] == shown["credit"] + shown["charge"]
    assert -old <= shown["credit"] <= 0 <= shown["charge"] <= new


@given(prices, moments)
def test_never_more_than_the_whole_period(price: Decimal, at: datetime) -> None:
    whole = quoted(priced("0.01", str(price)), SEPTEMBER.start)
    assert whole.charge == price
    assert quoted(priced("0.01", str(price)), at).charge <= price
