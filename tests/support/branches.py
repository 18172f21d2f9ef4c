"""Which branches the unit tests take, measured while they run among all others.

Only if the environment has `BRANCHES`, as in `make coverage` and `.ci/run`. Measuring begins in
`tests/__init__.py`, before anything of ours is imported, and rests during every other test: those
with servers wait for most of their time, and their processes would not be seen anyway. It rests
during property tests too: a hundred examples take hardly more branches than the tests beside them,
and measuring would make them take twice the time. What imports run is measured in one process: each
worker imports the same, and measuring would make that take twice the time too.
"""

import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import coverage
import pytest

UNIT = Path(__file__).parents[1] / "unit"
ELSEWHERE = (UNIT / "deploy", UNIT / "support", UNIT / "requirements" / "test_page.py")
"""They read pages, files and tests, and run next to nothing of what is measured; but each line of
theirs would take three times as long.
"""
TAKE_LONG = {"test_bounded_work.py", "test_odd_input.py"}
"""They feed in as much as is accepted: for minutes, if each line were counted."""


_FIRST = "gw0"
"""The first worker's name."""


class Branches:
    """A pytest plugin for each process that runs tests: a file of data per process."""

    def __init__(self) -> None:
        self._coverage = coverage.Coverage(data_suffix=True)
        if os.environ.get("PYTEST_XDIST_WORKER", _FIRST) == _FIRST:
            self._coverage.start()

    def pytest_configure(self, config: pytest.Config) -> None:
        if config.getoption("numprocesses", None):
            self._coverage.stop()  # this is the controller, which runs none
        else:
            del os.environ["BRANCHES"]  # not for the processes that tests start

    def pytest_collection_finish(self) -> None:
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if UNIT in item.path.parents and not _rests(item):
            return (yield)
        self._coverage.stop()
        try:
            return (yield)
        finally:
            self._coverage.start()

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()


def _rests(item: pytest.Item) -> bool:
    return (
        item.get_closest_marker("hypothesis") is not None
        or item.path.name in TAKE_LONG
        or any(item.path.is_relative_to(one) for one in ELSEWHERE)
    )


MEASURED = Branches() if "BRANCHES" in os.environ else None


def figure(total: dict[str, Any]) -> str:
    branches = _percent(total["covered_branches"], total["num_branches"])
    lines = _percent(total["covered_lines"], total["num_statements"])
    return (
        f"COVERAGE of plimsoll, services and shared by tests/unit without its property tests: "
        f"branches {branches}, lines {lines}"
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part:,} of {whole:,})"


def main() -> None:
    """Prints the figure of the data that a run left, and removes them."""
    measured = coverage.Coverage()
    measured.combine()
    with TemporaryDirectory() as directory:
        report = Path(directory) / "coverage.json"
        measured.json_report(outfile=str(report))
        sys.stdout.write(figure(json.loads(report.read_text())["totals"]) + "\n")
