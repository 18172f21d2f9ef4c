"""A skipped test is named with its reason, and fails a run that forbids it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT

CONFTEST = """
from tests.support.skips import Skips

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips())
"""
TESTS = """
import pytest

def test_done():
    pass

def test_skipped():
    pytest.skip("no anvil on this machine")

@pytest.mark.xfail(reason="the anvil is of wood")
def test_expected_to_fail():
    assert False
"""


def _run(folder: Path, tests: str, *arguments: str, **more: str) -> tuple[int, list[str]]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_three.py").write_text(tests)
    argv = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if name != "NO_SKIPS"}
    done = subprocess.run(
        [*argv, "--rootdir", str(folder), *arguments, str(folder)],
        cwd=ROOT,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | more,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_the_last_lines_name_them_and_the_run_fails(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    code, lines = _run(tmp_path, TESTS, *workers, NO_SKIPS="1")
    assert code == 1
    assert sorted(lines[-3:-1]) == [
        "SKIPPED test_three.py::test_expected_to_fail: the anvil is of wood",
        "SKIPPED test_three.py::test_skipped: no anvil on this machine",
    ]
    assert lines[-1] == "The run fails: here nothing may be skipped."


def test_elsewhere_they_are_only_named(tmp_path: Path) -> None:
    code, lines = _run(tmp_path, TESTS)
    assert code == 0
    assert len([line for line in lines if line.startswith("SKIPPED ")]) == 2


def test_a_file_that_is_skipped_as_a_whole_counts(tmp_path: Path) -> None:
    whole = 'import pytest\npytest.skip("no forge", allow_module_level=True)\n'
    (tmp_path / "test_other.py").write_text("def test_done(): pass\n")
    code, lines = _run(tmp_path, whole, NO_SKIPS="1")
    assert code == 1
    assert lines[-2:] == [
        "SKIPPED test_three.py: no forge",
        "The run fails: here nothing may be skipped.",
    ]


def test_nothing_skipped_nothing_said(tmp_path: Path) -> None:
    code, lines = _run(tmp_path, "def test_done(): pass\n", NO_SKIPS="1")
    assert (code, [line for line in lines if "SKIP" in line]) == (0, [])
