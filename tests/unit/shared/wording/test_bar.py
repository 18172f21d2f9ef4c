"""The bar: never full before the limit is, the mark where the threshold is, all of it a hundred
hundredths.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.facts import read_facts
from shared.wording.bar import Bar, bar
from tests.support.catalogs import catalog
from tests.support.told import GB, told

GLOBAL = catalog("global")


def drawn(used: int | str, threshold: Any, meter: str = "api_calls", **changes: Any) -> Bar | None:
    return bar(
        read_facts(told(GLOBAL, "starter", meter, used, threshold=threshold, **changes)), "en"
    )


@pytest.mark.parametrize(
    ("used", "threshold", "expected", "pieces"),
    [
        (
            8_500,
            80,
            Bar(85, 80, "80%", 100),
            [("used", 80), ("mark", 1), ("used", 4), ("free", 15)],
        ),
        (8_000, 80, Bar(80, 80, "80%", 100), [("used", 80), ("mark", 1), ("free", 19)]),
        (10_000, 100, Bar(100, None, "", 100), [("used", 100)]),
        (9_999, 95, Bar(99, 95, "95%", 100), [("used", 95), ("mark", 1), ("used", 3), ("free", 1)]),
        (20_000, 100, Bar(200, 100, "100%", 200), [("used", 50), ("mark", 1), ("used", 49)]),
        (12_500, 120, Bar(125, 120, "120%", 125), [("used", 96), ("mark", 1), ("used", 3)]),
        (10_300, 80, Bar(103, 100, "100%", 103), [("used", 97), ("mark", 1), ("used", 2)]),
        (
            9_100,
            {"at": "9050"},
            Bar(91, 90, "9,050", 100),
            [("used", 90), ("mark", 1), ("free", 9)],
        ),
        (0, 10, Bar(0, 10, "10%", 100), [("free", 10), ("mark", 1), ("free", 89)]),
        (5_000, None, Bar(50, None, "", 100), [("used", 50), ("free", 50)]),
    ],
)
def test_what_is_drawn(
    used: int, threshold: Any, expected: Bar, pieces: list[tuple[str, int]]
) -> None:
    found = drawn(used, threshold)
    assert found == expected
    assert list(found.pieces()) == pieces


def test_where_there_is_no_limit_there_is_no_bar() -> None:
    assert drawn(9 * GB, {"at": str(9 * GB)}, "storage", limit=None, percent=None) is None
    assert drawn(3, None, limit="0", percent=None) is None


@given(
    used=st.integers(0, 10**30),
    limit=st.integers(1, 10**30),
    threshold=st.one_of(st.none(), st.integers(1, 1000)),
)
def test_it_is_full_only_when_all_is_used(used: int, limit: int, threshold: int | None) -> None:
    facts = told(
        GLOBAL,
        "starter",
        "api_calls",
        0,
        threshold=threshold,
        limit=str(limit),
        percent=used * 100 // limit,
    ) | {"used": str(used)}
    found = bar(read_facts(facts), "en")
    assert found is not None
    widths = [width for _, width in found.pieces()]
    assert sum(widths) == 100
    assert min(widths) > 0
    if used < limit:
        assert "free" in dict(found.pieces())
