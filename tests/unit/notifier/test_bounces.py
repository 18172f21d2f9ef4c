from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.outcomes import without_address
from services.notifier.store.queue import Bounce
from tests.unit.notifier.samples import HANAKO, NOW


@pytest.mark.parametrize(
    ("given", "holds"),
    [(None, True), (NOW - timedelta(days=1), True), (NOW, True), (NOW + timedelta(seconds=1), False)],
    ids=["nobody knows when", "before", "at that moment", "given again since"],
)
def test_what_a_server_said_holds_for_an_address_that_was_given_before(given: object, holds: bool) -> None:
    assert Bounce("550 no such user", NOW).holds(given) is holds  # type: ignore[arg-type]


def test_what_is_kept_of_a_mailbox_names_nobody() -> None:
    assert without_address("550 5.1.1 <Hanako@Example.com>: unknown", HANAKO) == "550 5.1.1 <…>: unknown"
    abroad = replace(HANAKO, email="Hanako@日本語.example")
    assert without_address("550 hanako@xn--wgv71a119e.example", abroad) == "550 …"
