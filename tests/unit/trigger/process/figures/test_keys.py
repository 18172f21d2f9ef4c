"""What a report is broken down by, and the band of a percentage."""

import pytest

from services.trigger.process.figures.keys import band, grouped, size


@pytest.mark.parametrize(
    ("employees", "name"),
    [
        (None, "unknown"),
        (0, "unknown"),
        (1, "1-49"),
        (49, "1-49"),
        (50, "50-249"),
        (250, "250-999"),
        (999, "250-999"),
        (1000, "1000+"),
        (10**9, "1000+"),
    ],
)
def test_sizes_have_ends(employees: int | None, name: str) -> None:
    assert size(employees) == name


def test_groups_are_in_order_and_the_unknown_come_last() -> None:
    rows = ["1000+", None, "1-49", "1000+"]
    assert list(grouped(rows, lambda one: one)) == ["1-49", "1000+", "unknown"]
    assert grouped(rows, None) == {"all": rows}
    assert grouped([], None) == {"all": []}


@pytest.mark.parametrize(
    ("part", "whole", "found"),
    [(0, 0, None), (399, 1000, "below"), (40, 100, "in"), (60, 100, "in"), (601, 1000, "above")],
)
def test_the_edges_are_in_the_band(part: int, whole: int, found: str | None) -> None:
    assert band(part, whole, 40, 60) == found
