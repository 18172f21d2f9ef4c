"""The figures of `make bench ARGS=scale`."""

from tests.benchmarks.ingest import Run
from tests.benchmarks.scale import Rounds, shown
from tests.benchmarks.table import missed


def _run(own_us: float, mb: float = 100) -> Run:
    return Run(eps=1e6 / own_us, own_us=own_us, postgres_us=1, mb=mb)


def test_ratios_are_medians_of_pairs_and_not_ratios_of_medians() -> None:
    found = Rounds(
        today={"1,000 Zipf": [_run(9), _run(19), _run(29)], "1,000,000 Zipf": [_run(24)]},
        before={"1,000 Zipf": [_run(19), _run(19), _run(39)], "1,000,000 Zipf": [_run(49)]},
        raw={"aiokafka": [_run(2), _run(3), _run(4)], "confluent": [_run(1)]},
    )
    told = shown(found)
    assert told["scale"]["cost_ratio"] == {"1,000 Zipf": 1, "1,000,000 Zipf": 2.5}
    assert told["scale_ratio"] == {"1,000 Zipf": 0.75, "1,000,000 Zipf": 0.5}
    assert told["raw_clients_us"] == {"aiokafka": 3, "confluent": 1}
    assert missed(told) == ["scale cost_ratio 1,000,000 Zipf"]


def test_without_another_commit_nothing_is_compared() -> None:
    told = shown(Rounds(today={"1,000 Zipf": [_run(9, mb=250)]}))
    assert told.keys() == {"scale", "raw_clients_us"}
    assert missed(told) == ["scale ingest_mb 1,000 Zipf"]
