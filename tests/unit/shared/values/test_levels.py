from typing import Any

import pytest

from shared.values.levels import climbs

AT = {"at": "9000"}


@pytest.mark.parametrize(
    ("threshold", "limit", "told", "right"),
    [
        (90, "10000", [(80, "10000")], True),
        (90, "10000", [(80, "10000"), (95, "10000")], False),
        (90, "10000", [(90, "10000")], False),
        (80, "20000", [(90, "10000")], False),  # a limit was moved: still the lower threshold
        (95, "10000", [(AT, "10000")], True),
        (80, "10000", [(AT, "10000")], False),
        (AT, "10000", [(80, "10000")], True),
        (AT, None, [({"at": "9000.000000001"}, None)], False),
        ({"at": "9000.000000001"}, None, [(AT, None)], True),
        (90, None, [(AT, None)], False),
        (90, "10000", [], False),
        (None, "10000", [(80, "10000")], False),
    ],
)
def test_only_a_higher_threshold_climbs(
    threshold: Any, limit: str | None, told: list[Any], right: bool
) -> None:
    assert climbs(threshold, limit, told) is right
