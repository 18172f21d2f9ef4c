"""The examples of docs/alerts.md are what the thresholds do, row by row."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

import pytest

from services.trigger.thresholds import (
    Closed,
    Evaluation,
    Reached,
    Resolution,
    State,
    close,
    evaluate,
)
from shared.catalog import Threshold
from tests.support.pages import ROOT, rows, section

PAGE = ROOT / "docs" / "alerts.md"
THRESHOLDS = tuple(map(Threshold, (80, 90, 95, 100)))


def told(found: Reached | None) -> str:
    return "" if found is None else f"{found.threshold.key}{' again' if found.again else ''}"


def recorded(found: tuple[Reached, ...]) -> str:
    return ", ".join(f"{one.threshold.key} {one.standing}" for one in found)


def closed(found: tuple[Closed, ...]) -> str:
    return ", ".join(f"{one.key} {one.resolution or 'superseded'}" for one in found)


def walked(heading: str, *, gauge: bool) -> Iterator[tuple[str, list[str], list[str]]]:
    state = State()
    for what, used, limit, *said in rows(section(PAGE, heading)):
        found: Evaluation = (
            close(state, "reset")
            if what == "the next month begins"
            else evaluate(Decimal(used), Decimal(limit), THRESHOLDS, state, gauge=gauge)
        )
        state = found.state
        yield what, said, [told(found.told), recorded(found.reached), closed(found.closed)]


@pytest.mark.parametrize(
    ("heading", "gauge"), [("An example: a counter", False), ("An example: a gauge", True)]
)
def test_the_examples_are_what_happens(heading: str, gauge: bool) -> None:
    steps = list(walked(heading, gauge=gauge))
    assert len(steps) > 6
    for what, said, happened in steps:
        assert happened == said, what


def test_every_resolution_is_explained() -> None:
    explained = {
        name
        for row in rows(section(PAGE, "The life of an alert"))
        for name in re.findall(r"`(\w+)`", row[0])
    }
    assert explained == {"open", "superseded", "resolved", *get_args(Resolution)}
