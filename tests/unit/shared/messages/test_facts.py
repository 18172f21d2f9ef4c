"""The facts of a message as they are read: levels, amounts, and JSON of another version."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shared.messages.facts import AbsoluteThreshold, Facts, LinkFacts, read_facts, read_threshold

ACCOUNT = {"id": "a", "name": "Aozora"}


def facts(**given: Any) -> Facts:
    return read_facts({"account": ACCOUNT, **given})


@pytest.mark.parametrize(
    ("threshold", "limit", "level", "percent"),
    [
        (None, "10", None, None),
        (95, "10", 95, 95),
        (95, None, 95, 95),
        ({"at": "9"}, "10", Decimal(9), 90),
        ({"at": "2"}, "3", Decimal(2), 66),
        ({"at": "2.999999999"}, "3", Decimal("2.999999999"), 99),
        ({"at": "0"}, "3", Decimal(0), 0),
        ({"at": "30"}, "3", Decimal(30), 1000),
        ({"at": "9"}, None, Decimal(9), None),
        ({"at": "9"}, "0", Decimal(9), None),
        ({"at": "9" * 27}, "1" + "0" * 27, Decimal("9" * 27), 99),
    ],
)
def test_a_level_as_a_percentage_is_never_rounded_up(
    threshold: Any, limit: str | None, level: Any, percent: int | None
) -> None:
    found = facts(threshold=threshold, limit=limit)
    assert (found.level, found.level_percent) == (level, percent)


def test_without_a_meter_nothing_is_used_and_nothing_limited() -> None:
    found = facts()
    assert (found.used, found.limit, found.links) == (Decimal(0), None, LinkFacts())
    assert (found.account.locale, found.account.time_zone) == ("en", "UTC")


def test_null_is_the_default_and_an_unknown_name_is_left_alone() -> None:
    assert facts(used=None, again=None, links=None, mood="good") == facts()


@pytest.mark.parametrize("text", ["0", "-5", "0.5", "9" * 40])
def test_amounts_stay_exact(text: str) -> None:
    assert facts(used=text, limit=text) == facts(used=text, limit=text)
    assert str(facts(used=text).used) == text


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "+1", "1.", ".5", "1\n", "１", 5, 0.5])
def test_what_is_no_exact_amount_is_refused_by_its_name(text: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.used"):
        facts(used=text)


@pytest.mark.parametrize(
    ("json", "expected"),
    [(None, None), (0, 0), (95, 95), ({"at": "9000.5"}, AbsoluteThreshold("9000.5"))],
)
def test_a_threshold_is_a_percentage_or_an_amount(json: object, expected: object) -> None:
    assert read_threshold(json) == expected


@pytest.mark.parametrize("json", ["95", 95.5, {"at": 9}, {"at": "much"}, {}, []])
def test_nothing_else_is_a_threshold(json: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_threshold(json)


def test_a_meter_and_an_add_on_have_the_form_of_sentences() -> None:
    name = {"en": "users", "ja": "ユーザー"}
    meter = {"id": "seats", "unit": "seat", "name": name, "reset": "never"}
    found = facts(meter=meter, add_on={"id": "seats", "name": name, "quantity": 3, "unit": "seat"})
    assert found.meter is not None
    assert found.add_on is not None
    assert found.meter.variable == {"id": "seats", "unit": "seat", "name": name}
    assert found.add_on.variable == {"name": name, "quantity": 3, "unit": "seat"}


def test_a_proposal_s_limit_is_unlimited_if_it_is_null() -> None:
    limits = [facts(proposal={"limit": limit}).proposal for limit in ("25", None)]
    assert [one.limit for one in limits if one] == [Decimal(25), None]
