"""Facts that name what the catalogue has not: the nearest name is suggested, for the first few of a
request.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.trigger.judgement.facts import context, types
from services.trigger.judgement.facts.context import Known
from tests.support.catalogs import catalog

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GLOBAL = catalog("global")
FEATURE = next(iter(GLOBAL.features))


def reasons(type_: str, data: dict[str, Any], known: Known) -> list[tuple[str, str]]:
    with pytest.raises(types.BadFact) as refused:
        context.check(type_, types.read(type_, data), NOW, known, NOW)
    return [(fault.path, fault.reason) for fault in refused.value.faults]


def test_a_misspelt_name_is_told_the_one_that_is_meant() -> None:
    known = Known(GLOBAL, "USD")
    assert GLOBAL.declared_features
    meant = f"the catalogue has no such feature: did you mean {FEATURE!r}?"
    assert reasons("feature.requested", {"feature": f"{FEATURE}x"}, known) == [
        ("/data/feature", meant)
    ]
    assert reasons("feature.used", {"feature": "zzzzzzzz", "user": "u"}, known) == [
        ("/data/feature", "the catalogue has no such feature")
    ]


def test_a_thousand_misspelt_names_are_not_compared_with_every_feature() -> None:
    known = Known(GLOBAL, "USD")
    told = [
        reasons("feature.requested", {"feature": f"{FEATURE}x"}, known)[0][1] for _ in range(30)
    ]
    assert sum("did you mean" in reason for reason in told) == 20
