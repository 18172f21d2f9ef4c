"""What is sold in a deal, for how much a year."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.process import lines
from services.trigger.process.lines import Line, Shop, priced
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL, JP = catalog("global"), catalog("jp")
PRO = account(GLOBAL, "pro", quantity=5)


def shop(target: str = "enterprise") -> Shop:
    own = PRO.facts.subscription
    return Shop(GLOBAL, GLOBAL.plans[target], GLOBAL.plans["pro"], own)


def test_a_plan_is_the_difference_for_all_units() -> None:
    line = shop().line("1", "enterprise")
    assert (line.type, line.quantity, line.year) == ("plan_upgrade", 5, Decimal(75_000))
    down = shop("starter").line("1", "starter")
    assert (down.type, down.year, down.retained_year) == (
        "downsell",
        Decimal(-27_060),
        Decimal(2_940),
    )


def test_what_is_sold_beside_it() -> None:
    seats = shop("pro").line("2", "seats", 3)
    assert (seats.type, seats.year) == ("seat_expansion", Decimal(3 * 1_800))
    tool = Shop(JP, JP.plans["premium"], JP.plans["standard"], None).line("1", "analytics_tool")
    assert tool.type == "cross_sell"
    assert [shop("pro").sells(item) for item in ("seats", "starter", "pro", "webhooks")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_discount_is_rounded_and_a_custom_price_is_named() -> None:
    line = replace(shop().line("1", "enterprise"), discount_pct=Decimal("33.33"))
    assert priced(line).year == Decimal("50002.50")
    custom = Line("1", "plan_upgrade", "x", 1, None, "USD")
    assert priced(custom).year is None
    assert priced(replace(custom, year=Decimal("9.999"))).year == Decimal("10.00")


def test_sums_are_of_what_is_not_lost() -> None:
    one, two = (Line(str(n), "add_on", f"i{n}", 1, None, "USD", year=Decimal(n)) for n in (1, 2))
    lost = replace(two, state="lost")
    assert lines.amount([one, two]) == 3
    assert lines.amount([one, lost]) == 1
    assert lines.amount([one, replace(two, year=None)]) is None
    assert lines.deal_value(Decimal(10), [one, lost], "i1") == 10
    assert lines.deal_value(None, [one], "i1") is None
    assert lines.won_year([replace(one, state="won"), two]) == 1
    assert Line.of(one.stored()) == one
