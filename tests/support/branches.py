"""Which branches the unit tests take, measured while they run among all others.

Only if the environment has `BRANCHES`, as in `make coverage` and `.ci/run`. Measuring begins in
`tests/__init__.py`, before anything of ours is imported, and rests during every other test: those
with servers wait for most of their time, and their processes would not be seen anyway. It rests
during property tests too: a hundred examples take hardly more branches than the tests beside them,
and measuring would make them take twice the time. What imports run is measured in one process: each
worker imports the same, and measuring would make that take twice the time too. So would what pytest
does around a test, which is more than most of the tests do themselves.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import coverage
import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests" / "unit"
ELSEWHERE = (UNIT / "deploy", UNIT / "support", UNIT / "requirements" / "test_page.py")
"""They read pages, files and tests, and run next to nothing of what is measured; but each line of
theirs would take three times as long.
"""
TAKE_LONG = {
    "test_bounded_work.py",
    "test_odd_input.py",
    "test_a_fact_costs_the_same_however_many_came_before",
    "test_an_independent_decoder_reads_the_same_subject",
    "test_every_subject_and_name_decodes_to_itself_within_the_limits_of_encoded_words",
    "test_places_of_a_thousand_faults_cost_one_pass",
    "test_the_largest_catalogue_is_checked_in_linear_time",
}
"""Files and tests that feed in as much as is accepted: for minutes, if each line were counted. They
take no branch that others leave out.
"""
ROOMS = (
    *(f"services/{one.parent.name}/*" for one in (ROOT / "services").glob("*/__init__.py")),
    "services/*.py",
    "shared/*",
    "plimsoll/*",
)
"""What is counted, in parts: every file is parsed for its branches, on all processors."""
COUNTED = ("covered_branches", "num_branches", "covered_lines", "num_statements")

_FIRST = "gw0"
"""The first worker's name."""


class Measuring:
    """Coverage that is switched on and off. Started twice, it would never end: the first tracer
    goes on after the second has stopped.
    """

    def __init__(self, tool: coverage.Coverage) -> None:
        self.tool = tool
        self._on = False

    def begin(self) -> None:
        if not self._on:
            self._on = True
            self.tool.start()

    def end(self) -> None:
        if self._on:
            self._on = False
            self.tool.stop()

    @contextmanager
    def within(self) -> Iterator[None]:
        """Also within itself: a fixture may ask for another one."""
        if self._on:
            yield
            return
        self.begin()
        try:
            yield
        finally:
            self.end()


class Branches:
    """A pytest plugin for each process that runs tests: a file of data per process. Measured is
    what runs in tests and in their fixtures.
    """

    def __init__(self) -> None:
        self._measuring = Measuring(coverage.Coverage(data_suffix=True))
        self._wanted = False
        if os.environ.get("PYTEST_XDIST_WORKER", _FIRST) == _FIRST:
            self._measuring.begin()

    def pytest_configure(self, config: pytest.Config) -> None:
        if config.getoption("numprocesses", None):
            self._measuring.end()  # this is the controller, which runs none
        else:
            del os.environ["BRANCHES"]  # not for the processes that tests start

    def pytest_collection_finish(self) -> None:
        self._measuring.end()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._wanted = UNIT in item.path.parents and not _rests(item)
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self) -> Generator[None, Any, Any]:
        with self._measured():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self) -> Generator[None, Any, Any]:
        with self._measured():
            return (yield)

    def pytest_sessionfinish(self) -> None:
        self._measuring.tool.save()

    def _measured(self) -> AbstractContextManager[None]:
        return self._measuring.within() if self._wanted else nullcontext()


def _rests(item: pytest.Item) -> bool:
    return (
        item.get_closest_marker("hypothesis") is not None
        or not TAKE_LONG.isdisjoint((item.path.name, getattr(item, "originalname", "")))
        or any(item.path.is_relative_to(one) for one in ELSEWHERE)
    )


MEASURED = Branches() if "BRANCHES" in os.environ else None


def figure(total: Mapping[str, int]) -> str:
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
    coverage.Coverage().combine()
    total: Counter[str] = Counter()
    with ProcessPoolExecutor() as pool:
        for of_room in pool.map(_total, ROOMS):
            total.update({name: of_room[name] for name in COUNTED})
    sys.stdout.write(figure(total) + "\n")


def _total(room: str) -> dict[str, Any]:
    measured = coverage.Coverage()
    measured.load()
    with TemporaryDirectory() as directory:
        report = Path(directory) / "coverage.json"
        measured.json_report(outfile=str(report), include=[room])
        total: dict[str, Any] = json.loads(report.read_text())["totals"]
        return total
