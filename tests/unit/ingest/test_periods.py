"""Which meters a walk is about."""

from collections.abc import Mapping, Sequence

import pytest

from services.ingest.periods import otherwise
from shared.values.periods import Reset

MONTHLY: Mapping[str, Reset] = {"calls": "month"}
DAILY: Mapping[str, Reset] = {"calls": "day"}


@pytest.mark.parametrize(
    ("laid_out", "since", "found"),
    [
        (MONTHLY, [MONTHLY], set()),
        (MONTHLY, [], set()),
        (DAILY, [MONTHLY], {"calls"}),
        ({}, [MONTHLY], {"calls"}),
        (MONTHLY, [DAILY, MONTHLY], {"calls"}),
        (MONTHLY, [{"seats": "never"}, MONTHLY], {"calls"}),
        (MONTHLY, [{**MONTHLY, "seats": "never"}], set()),
    ],
)
def test_usage_lies_where_it_was_laid_out_or_where_a_later_catalogue_put_it(
    laid_out: Mapping[str, Reset], since: Sequence[Mapping[str, Reset]], found: set[str]
) -> None:
    assert otherwise(MONTHLY, laid_out, since) == found
