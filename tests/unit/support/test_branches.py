"""The line that a run prints about branches: what it counts and in which form; and that measuring
ends.
"""

import sys

import coverage
import pytest

from tests.support.branches import Measuring, figure


def test_the_figure_names_branches_and_lines_and_what_was_run() -> None:
    total = {
        "covered_branches": 1_500,
        "num_branches": 2_000,
        "covered_lines": 9_001,
        "num_statements": 10_000,
    }
    assert figure(total) == (
        "COVERAGE of plimsoll, services and shared by tests/unit without its property tests: "
        "branches 75.0 % (1,500 of 2,000), lines 90.0 % (9,001 of 10,000)"
    )


def test_measuring_ends_however_often_it_was_begun() -> None:
    if sys.gettrace() is not None:
        pytest.fail("something is measured already")
    measuring = Measuring(coverage.Coverage(data_file=None))
    measuring.begin()
    with measuring.within(), measuring.within():
        assert sys.gettrace() is not None
    measuring.end()
    assert sys.gettrace() is None
