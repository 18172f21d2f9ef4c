from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.delivery.outcomes import without_address
from services.notifier.store.queue import Bounce
from tests.unit.notifier.samples import HANAKO, NOW


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (None, True),
        (NOW - timedelta(days=1), True),
        (NOW, True),
        (NOW + timedelta(seconds=1), False),
    ],
    ids=["nobody knows when", "before", "at the same time", "given again since"],
)
def test_a_refusal_holds_for_an_address_given_before_it(given: object, holds: bool) -> None:
    assert Bounce("550 no such user", NOW).holds(given) is holds  # type: ignore[arg-type]


def test_a_stored_reason_does_not_contain_the_address() -> None:
    assert (
        without_address("550 5.1.1 <Hanako@Example.com>: unknown", HANAKO)
        == "550 5.1.1 <…>: unknown"
    )
    abroad = replace(HANAKO, email="Hanako@日本語.example")
    assert without_address("550 hanako@xn--wgv71a119e.example", abroad) == "550 …"
