"""A test that needs a second try is no secret: the run says why, and a run with many fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT
from tests.support.retries import MOST, excused

CONFTEST = """
from tests.support.retries import Retries, excused
from pathlib import Path

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Retries(excused(Path(__file__).with_name("flaky.toml"))))
"""
TESTS = """
from pathlib import Path

def test_sound():
    print("nothing to see")

def test_shaky(tmp_path_factory):
    first = Path(__file__).with_name("first")
    if not first.exists():
        first.touch()
        print("what it printed")
        raise ValueError("the first failure")
"""

MANY = """
import pytest
from pathlib import Path

@pytest.mark.parametrize("name", ["one", "two"])
def test_shaky_too(name):
    first = Path(__file__).with_name(name)
    if not first.exists():
        first.touch()
        raise ValueError(name)
"""


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plugins = ("-p", "pytest_rerunfailures", "-p", "xdist", "-p", "no:cacheprovider")
    argv = [
        sys.executable,
        "-m",
        "pytest",
        *plugins,
        "--rootdir",
        str(folder),
        "--reruns",
        "1",
        *arguments,
        str(folder),
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_two.py").write_text(TESTS)
    (tmp_path / "flaky.toml").write_text("[tests]\n")
    return tmp_path


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_the_last_lines_say_which_test_was_retried_and_why(
    folder: Path, workers: tuple[str, ...]
) -> None:
    done = _run(folder, *workers)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("ValueError: the first failure", "what it printed", "2 passed,", "1 rerun in"):
        assert said in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("RETRIED test_two.py::test_shaky: not in tests/flaky.toml")
    assert last.endswith("ValueError: the first failure")


def test_more_than_a_few_fail_the_run(folder: Path) -> None:
    (folder / "test_many.py").write_text(MANY)
    done = _run(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("RETRIED ") == MOST + 1
    assert done.stdout.splitlines()[-1].startswith("The run fails: 3 tests were retried")


def test_one_that_is_listed_with_a_reason_does_not(folder: Path) -> None:
    (folder / "flaky.toml").write_text(
        '[tests]\n"test_two.py::test_shaky" = "the sun was in its eyes"\n'
    )
    done = _run(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "ValueError: the first failure",
        "RETRIED test_two.py::test_shaky: the sun was in its eyes",
    ):
        assert said in done.stdout


def test_a_run_without_retries_says_nothing_of_them(folder: Path) -> None:
    (folder / "first").touch()
    done = _run(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RETRIED" not in done.stdout


def test_every_listed_test_exists_and_has_a_reason() -> None:
    for test, reason in excused().items():
        path, name = test.split("::", 1)
        assert f"def {name.split('[')[0]}(" in (ROOT / path).read_text(), test
        assert len(reason) > 20, test
