"""The brand: a logo that mail clients show, a colour as six digits."""

from typing import Any

import pytest

from shared.catalog.brand import read_brand
from shared.catalog.place import Place
from shared.catalog.types import Brand, Text
from shared.values.faults import Fault


def read(**given: Any) -> tuple[Brand, list[str]]:
    faults: list[Fault] = []
    return read_brand(Place(given, "/brand", faults)), [fault.path for fault in faults]


def test_a_name_alone_is_a_brand() -> None:
    assert read(name="Plimsoll") == (Brand(Text("Plimsoll", "Plimsoll"), None, None), [])
    assert read(logo="https://a.example/l.png")[1] == ["/brand/name"]


@pytest.mark.parametrize(("given", "stored"), [("#0B57D0", "#0b57d0"), ("#000000", "#000000")])
def test_a_colour_is_kept_in_lower_case(given: str, stored: str) -> None:
    assert read(name="P", color=given)[0].color == stored


@pytest.mark.parametrize("given", ["0b57d0", "#fff", "#gggggg", "blue", 5, None])
def test_any_other_colour_is_a_fault(given: Any) -> None:
    brand, faults = read(name="P", color=given)
    assert (brand.color, faults) == (None, ["/brand/color"])


@pytest.mark.parametrize(
    "given",
    [
        "http://a.example/l.png",
        "data:image/png;base64,AA==",
        'https://a.example/"onerror=',
        "https://a.example",
        "https://a.example/" + "x" * 5000,
    ],
)
def test_a_logo_that_no_mail_shows_is_a_fault(given: str) -> None:
    brand, faults = read(name="P", logo=given)
    assert (brand.logo, faults) == (None, ["/brand/logo"])
    assert read(name="P", logo="https://a.example/l.png")[0].logo == "https://a.example/l.png"
