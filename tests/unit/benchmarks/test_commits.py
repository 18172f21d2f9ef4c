"""The code of another commit beside today's."""

import subprocess
from pathlib import Path

import pytest

from tests.benchmarks.commits import NoSuchCommit, checkout, name_of

_HERE = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(not (_HERE / ".git").exists(), reason="not a git checkout")


def test_a_commit_is_there_for_as_long_as_the_block() -> None:
    with checkout("HEAD") as path:
        assert (path / "services" / "ingest" / "__main__.py").is_file()
        assert path != _HERE
    assert not path.exists()
    assert str(path) not in _git("worktree", "list")


def test_a_checkout_is_taken_as_it_is() -> None:
    with checkout(str(_HERE)) as path:
        assert path == _HERE
    assert path.exists()
    assert name_of(str(_HERE)) == str(_HERE)


def test_a_commit_is_named_as_people_name_it() -> None:
    assert name_of("HEAD") == _git("log", "-1", "--format=%h %s").strip()


def test_a_commit_that_does_not_exist() -> None:
    with pytest.raises(NoSuchCommit), checkout("no-such-commit"):
        pass


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=_HERE, capture_output=True, text=True, check=True
    ).stdout
