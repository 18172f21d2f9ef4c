"""The table of `make bench`: every figure, and whether what was aimed at is met."""

from tests.benchmarks.table import missed, summary, table


def test_figures_beside_their_targets() -> None:
    lines = list(
        table(
            {
                "ratio": 0.34,
                "latency_ms": {"2,000 events/s": {"p50": 12.5}},
                "peak_mb": {"ingest": 250.0},
                "raw_eps": 400_000,
            }
        )
    )
    assert [line.split()[-1] for line in lines] == ["MISSED", "met", "MISSED", "400,000"]
    assert lines[1].startswith("latency_ms 2,000 events/s p50")


def test_one_line_says_whether_all_budgets_are_met() -> None:
    met = {"ratio": 0.5, "peak_mb": {"ingest": 10.0}, "raw_eps": 1}
    assert summary(met) == "all 2 budgets are met"
    assert missed(met) == []
    over = met | {"peak_mb": {"ingest": 10.0, "trigger": 300.0}}
    assert summary(over) == "1 of 3 budgets are missed: peak_mb trigger"
    assert missed(over) == ["peak_mb trigger"]
