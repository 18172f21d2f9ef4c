"""One account sends thousands of facts to real processes; the cost of each does not grow."""

import pytest

from shared.embedded import Addresses
from tests.benchmarks import facts
from tests.support.findings import Tell


@pytest.mark.nightly
async def test_what_one_account_says_costs_the_same_at_the_end(
    stack: Addresses, tell: Tell
) -> None:
    found = (
        await facts.measure(stack, tickets=6_000, features=6_000, say=lambda text: tell(text))
    )["facts"]
    for name, figures in found.items():
        assert figures["cost_ratio"] < 3, name
        assert figures["last_per_second"] > 100, name
