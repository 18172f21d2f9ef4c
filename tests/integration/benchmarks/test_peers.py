"""A tiny run of `make bench ARGS=peers`: a real Flink and a real Kafka Streams count what ingest
counts, and nothing of them stays.
"""

import psutil
import pytest

from shared.embedded import Addresses
from tests.benchmarks.options import Options
from tests.benchmarks.peers.comparison import OURS, measure
from tests.benchmarks.peers.engines import NAMES

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3_600)]

EVENTS, ACCOUNTS = 20_000, 50


async def test_all_engines_count_the_same(stack: Addresses) -> None:
    said: list[str] = []
    asked = Options(accounts=[ACCOUNTS], rounds=1, events=EVENTS)
    found = (await measure(stack, asked, say=said.append))["peers"]
    assert found["engines"] == len(NAMES), said
    load = f"{ACCOUNTS} Zipf"
    assert [found[name][load]["totals_wrong"] for name in (OURS, *NAMES)] == [0, 0, 0]
    for name in NAMES:
        assert found[name][load]["events"] > EVENTS / 2
        assert found[name][load]["cpu_s"] > 0
        assert found["ratio"][name][load] > 0
    assert not [
        each.pid
        for each in psutil.Process().children(recursive=True)
        if any(part.endswith("Totals") for part in each.cmdline())
    ]
