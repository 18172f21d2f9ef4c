"""docs/catalogue.md shows a catalogue that is one, and every key of the policy with its default;
the facts' table is what is read.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.trigger.judgement.facts.types import TYPES
from shared.catalog import lint_catalog, parse_catalog
from shared.catalog.types import Policy
from tests.support.pages import DEVELOPERS, README, ROOT, blocks, rows, section

PAGE = ROOT / "docs" / "catalogue.md"
TOLD = {cells[0].strip("`"): cells[-1] for cells in rows(section(PAGE, "Policy"))}


def test_the_example_is_a_catalogue_without_anything_to_say_about_it() -> None:
    (text,) = [block.text for block in blocks(PAGE) if block.language == "yaml"]
    assert lint_catalog(parse_catalog(text.encode(), "application/yaml")) == ()


def test_the_whole_company_is_a_catalogue_without_anything_to_say_about_it() -> None:
    company = parse_catalog((ROOT / "docs" / "company.yaml").read_bytes(), "application/yaml")
    assert lint_catalog(company) == ()
    assert {plan.currency for plan in company.plans.values()} == {"USD", "JPY"}


def test_the_readmes_catalogue_is_one() -> None:
    (text,) = [
        found
        for block in blocks(README)
        for found in re.findall(r"<<'YAML'\n(.*?)^YAML$", block.text, re.MULTILINE | re.DOTALL)
    ]
    assert set(parse_catalog(text.encode(), "application/yaml").plans) == {"starter", "pro"}


def test_every_key_of_the_policy_is_explained() -> None:
    assert list(TOLD) == [item.name for item in fields(Policy)]


def _numbers(default: Any) -> Iterator[object]:
    for value in (getattr(default, item.name) for item in fields(default)):
        if is_dataclass(value):
            yield from _numbers(value)
        elif not isinstance(value, str):
            yield value


@pytest.mark.parametrize("key", [item.name for item in fields(Policy)])
def test_the_default_of_a_key_is_told(key: str) -> None:
    numbers = [Decimal(number) for number in re.findall(r"-?\d+(?:\.\d+)?", TOLD[key])]
    default = getattr(Policy(), key)
    match default:
        case bool():
            assert TOLD[key] == f"`{str(default).lower()}`"
        case int() | Decimal():
            assert numbers == [default]
        case str():
            assert TOLD[key] == f"`{default}`"
        case None:
            assert TOLD[key] == "none"
        case dict():
            assert numbers == list(default.values())
            assert all(name in TOLD[key] for name in default)
        case tuple():
            assert numbers == [number for cap in default for number in (cap.days, cap.count)]
        case _:
            assert is_dataclass(default)
            assert numbers == list(_numbers(default))


def test_the_facts_are_those_that_are_read() -> None:
    told = {}
    for names, data in rows(section(DEVELOPERS, "Facts about accounts")):
        for name in re.findall(r"`([^`]+)`", names):
            told[name] = {
                field: optional != "?"
                for field, optional in re.findall(r"`(\w+)`(\?)?", re.sub(r"\([^)]*\)", "", data))
            }
    assert list(told) == list(TYPES)
    # A need names one of two; what the subscription's facts hold is the subscription's body.
    read = {
        name: {field.encode_name: field.required for field in msgspec.structs.fields(shape)}
        for name, shape in TYPES.items()
    }
    apart = {name for name in TYPES if name.startswith("subscription.")}
    assert {name: data for name, data in told.items() if name not in apart} == {
        name: data for name, data in read.items() if name not in apart
    }
