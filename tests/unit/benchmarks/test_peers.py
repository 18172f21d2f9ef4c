"""The figures of `make bench ARGS=peers`, and what it says where an engine cannot be had."""

from pathlib import Path

import pytest

from shared.embedded import Addresses
from tests.benchmarks.options import Options
from tests.benchmarks.peers.comparison import OURS, Rounds, figures, loads, measure
from tests.benchmarks.peers.engines import NAMES
from tests.benchmarks.peers.peer import Run
from tests.benchmarks.peers.published import wrong
from tests.benchmarks.table import missed

NOWHERE = "http://127.0.0.1:1"


def _run(us: float, totals_wrong: int = 0) -> Run:
    return Run(1_000_000, us, 500, totals_wrong)


def test_a_ratio_is_the_median_of_pairs_and_a_wrong_total_is_never_averaged_away() -> None:
    found = Rounds()
    for ours, theirs in ((_run(10), _run(11)), (_run(20), _run(60)), (_run(30), _run(60))):
        found.add(OURS, "1,000 Zipf", ours)
        found.add("flink", "1,000 Zipf", theirs)
    found.add("flink", "1,000,000 Zipf", _run(20, totals_wrong=1))
    found.add(OURS, "1,000,000 Zipf", _run(40))
    told = {"peers": figures(found)}
    assert told["peers"]["ratio"] == {"flink": {"1,000 Zipf": 2, "1,000,000 Zipf": 0.5}}
    assert told["peers"][OURS]["1,000 Zipf"]["us_per_event"] == 20
    assert missed(told) == [
        "peers flink 1,000,000 Zipf totals_wrong",
        "peers ratio flink 1,000,000 Zipf",
    ]


def test_an_account_too_many_is_as_wrong_as_one_too_few() -> None:
    assert wrong({"a": 1, "b": 2}, {"a": 1, "b": 2}) == 0
    assert wrong({"a": 1, "b": 3, "d": 1}, {"a": 1, "b": 2, "c": 1}) == 3


def test_loads_are_those_of_scale_with_as_many_events_as_asked_for() -> None:
    (few,) = loads(1_000, 200_000).values()
    assert (few.warm_up, few.sent) == (200_000, 400_000)
    assert list(loads(1_000_000, 2_000_000)) == ["1,000,000 Zipf", "1,000,000 alike"]
    assert loads(1_000_000, 2_000_000)["1,000,000 alike"].sent == 3_000_000


async def test_an_engine_that_cannot_be_had_is_named_and_fails_a_strict_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    said: list[str] = []
    found = await measure(Addresses("unused", "unused"), Options(), say=said.append)
    assert [line.split(": cannot download")[0] for line in said] == [
        f"peers: {name} is not measured" for name in NAMES
    ]
    assert found == {"peers": {"engines": 0}}
    assert missed(found) == ["peers engines"]
