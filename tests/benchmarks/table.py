"""The measured figures next to their targets."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.benchmarks.pages import HTML_KB, SENT_KB

Target = tuple[str, Callable[[float], bool]]


def at_least(target: float) -> Target:
    return f">= {target:,g}", lambda found: found >= target


def above(target: float) -> Target:
    return f"> {target:,g}", lambda found: found > target


def below(target: float) -> Target:
    return f"< {target:,g}", lambda found: found < target


def at_most(target: float) -> Target:
    return f"<= {target:,g}", lambda found: found <= target


MISSED = "MISSED"
TARGETS: Mapping[str, Target] = {
    "scale.cost_ratio.100,000 Zipf": at_most(1.8),
    "scale.cost_ratio.1,000,000 Zipf": at_most(2.2),
    "scale.cost_ratio.100,000 alike": at_most(3),
    "scale.cost_ratio.1,000,000 alike": at_most(3),
    "scale.ingest_mb.1,000 Zipf": below(200),
    "scale.ingest_mb.1,000,000 Zipf": below(500),
    "scale.ingest_mb.1,000,000 alike": below(500),
    "peers.engines": at_least(2),
    "peers.*.*.totals_wrong": at_most(0),
    "peers.ratio.flink.1,000 Zipf": above(1),
    "peers.ratio.flink.100,000 Zipf": above(1),
    "peers.ratio.flink.100,000 alike": above(1),
    "peers.ratio.flink.1,000,000 Zipf": at_least(1),
    "restart.stopped.*.first_s": at_most(1),
    "restart.stopped.*.all_s": at_most(10),
    "ratio": at_least(0.35),
    "eps_relative_to_fewest_accounts.*": at_least(0.8),
    "latency_ms.*.p50": below(50),
    "latency_ms.*.p99": below(250),
    "others_ms.p99": below(1_000),
    "peak_mb.*": below(200),
    "start_s": below(8),
    "decisions_per_second": at_least(5_000),
    "decision_ratio": below(1.2),
    "judging_ms.p99": below(10),
    "backtest.seconds": below(60),
    "facts.*.cost_ratio": below(2),
    "import.seconds": below(60),
    "import.accounts_per_second": at_least(2_000),
    "import.others_ms.p99": below(1_000),
    "pruning.longest_ms": below(200),
    "reports_ms.*": below(1_000),
    "work_ms.append.p99": below(30),
    "work_ms.tasks.p99": below(50),
    "work_ms.pipeline.p99": below(50),
    "accounts_ms.*.p99": below(100),
    "search_ms.*.p99": below(150),
    "console_of_budget.*": below(1),
    "console_kb.*": below(SENT_KB),
    "console_html_kb.*": below(HTML_KB),
    "console_csv.first_s": below(1),
    "console_idle_cpu_s.more": below(0.6),
    # Ten parts, each a resource of its own, asked at once: if one is away, the others stand.
    "console_calls.accounts/{account}": below(11),
    # A log and a call for each kind of talk in each opportunity.
    "console_calls.accounts/{account}/timeline": below(11),
    "console_calls.*": below(9),
    "pruning.writer_ms": below(200),  # includes autovacuum's locks when it truncates a table
}
"""By the path of a figure; `*` stands for one part of it."""


def figures(
    found: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], float | str]]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from figures(value, (*path, name))
        elif isinstance(value, int | float | str):
            yield (*path, name), value


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """One line per figure: name, value, target, and whether it is met."""
    rows = [
        (" ".join(path), _shown(value), *_judged(path, value)) for path, value in figures(found)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for name, value, target, verdict in rows:
        cells = f"{name:<{widths[0]}}  {value:>{widths[1]}}  {target:<{widths[2]}}  {verdict}"
        yield cells.rstrip()


def missed(found: Mapping[str, Any]) -> list[str]:
    """The figures that are not what was aimed at, by name."""
    return [" ".join(path) for path, value in figures(found) if _judged(path, value)[1] == MISSED]


def summary(found: Mapping[str, Any]) -> str:
    """`all 312 budgets are met`, or which are not."""
    judged = [path for path, value in figures(found) if _judged(path, value)[1]]
    over = missed(found)
    if over:
        return f"{len(over)} of {len(judged)} budgets are missed: {', '.join(over)}"
    return f"all {len(judged)} budgets are met"


def _shown(value: float | str) -> str:
    match value:
        case str():
            return value
        case float():
            return f"{value:,g}"
    return f"{value:,}"


def _judged(path: tuple[str, ...], value: float | str) -> tuple[str, str]:
    if isinstance(value, str):
        return "", ""
    for pattern, (target, is_met) in TARGETS.items():
        wanted = pattern.split(".")
        if len(wanted) == len(path) and all(
            part in ("*", name) for part, name in zip(wanted, path, strict=True)
        ):
            return target, "met" if is_met(value) else MISSED
    return "", ""
