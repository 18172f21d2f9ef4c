"""A fault of an account fact points at the field, even if that field is missing."""

from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.facts.types import BadFact, Nps, read
from shared.web.json_body import parse_json


@pytest.mark.parametrize(
    ("type_", "data", "path", "reason"),
    [
        ("login.recorded", {}, "/data/user", "is missing"),
        ("nps.responded", {}, "/data/score", "is missing"),
        ("value.stated", {"activity": {"en": "filing"}}, "/data/activity/ja", "is missing"),
        (
            "feature.requested",
            {"feature": "sso", "text": "a\0b"},
            "/data/text",
            "holds a NUL character",
        ),
        (
            "login.recorded",
            {"user": "u", "more": [{"of": "\0"}]},
            "/data/more/0/of",
            "holds a NUL character",
        ),
        ("nps.responded", {"score": 11}, "/data/score", "Expected `int` <= 10"),
    ],
)
def test_a_fault_points_at_its_field(
    type_: str, data: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(BadFact) as refused:
        read(type_, data)
    (fault,) = refused.value.faults
    assert (fault.path, fault.reason) == (path, reason)


@pytest.mark.parametrize("written", ["9", "9.0", "9e0", "90e-1"])
def test_a_whole_number_is_one_however_it_is_written(written: str) -> None:
    assert read("nps.responded", {"score": Decimal(written)}) == Nps(9)
    assert read("nps.responded", {"score": parse_json(written.encode())}) == Nps(9)


def test_half_a_number_is_refused() -> None:
    with pytest.raises(BadFact):
        read("nps.responded", {"score": Decimal("8.5")})
