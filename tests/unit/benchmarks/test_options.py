"""What `make bench` is asked for."""

import pytest

from tests.benchmarks.options import Options, read


def test_nothing_said_means_everything_beside_the_commit_before() -> None:
    asked = read([])
    assert asked == Options([])
    assert asked.against == "HEAD~1"
    assert asked.has(1_000)
    assert asked.has(1_000_000)


def test_a_part_with_its_accounts() -> None:
    asked = read(["scale", "--accounts", "1_000,1000000", "restart", "--against", "e3d84166"])
    assert asked.parts == ["scale", "restart"]
    assert asked.against == "e3d84166"
    assert asked.has(1_000_000)
    assert not asked.has(100_000)


def test_nothing_beside_it() -> None:
    assert read(["--against", "nothing", "--strict"]) == Options([], strict=True, against=None)


def test_runs_with_a_million_accounts_are_fewer() -> None:
    asked = read(["--rounds", "4"])
    assert [asked.rounds_of(accounts) for accounts in (1_000, 100_000, 1_000_000)] == [4, 4, 2]
    assert read(["--rounds", "0"]).rounds == 1


def test_how_many_events_a_run_of_peers_has() -> None:
    assert read(["peers"]).events == 1_000_000
    assert read(["peers", "--events", "200_000"]).events == 200_000


def test_what_is_not_understood_ends_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(["--faster"])
    assert ended.value.code == 2
    assert "usage: make bench" in capsys.readouterr().err
