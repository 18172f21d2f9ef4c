"""Every fault as often as its cost allows, in an order that only the seed decides."""

from collections import Counter
from pathlib import Path

from tests.proof import progress
from tests.proof.all_faults import COSTS
from tests.proof.faults import Cost
from tests.proof.plan import FULL, SHORT, Profile, plan
from tests.proof.table import table, wrong
from tests.proof.verdict import Row

FAULTS: dict[str, Cost] = {"kill": "usual", "cut": "low"}
PROFILE = Profile("p", 1, {"low": 21, "usual": 6}, 4)


def test_each_fault_comes_as_often_as_its_cost_allows() -> None:
    parts = plan(FAULTS, PROFILE, seed=1)
    times: Counter[str] = Counter()
    for part in parts:
        times[part.fault] += part.times
    assert times == {"kill": 6, "cut": 21}
    assert max(part.times for part in parts) == 4
    assert [part.number for part in parts] == [*range(len(parts))]


def test_the_seed_decides_the_order() -> None:
    assert plan(FAULTS, PROFILE, seed=1) == plan(FAULTS, PROFILE, seed=1)
    assert plan(FAULTS, PROFILE, seed=1) != plan(FAULTS, PROFILE, seed=2)


def test_the_profiles_have_as_many_faults_as_they_promise() -> None:
    for profile, least in ((SHORT, 150), (FULL, 3_000)):
        assert sum(part.times for part in plan(COSTS, profile, seed=1)) >= least


def test_a_run_goes_on_where_it_was_interrupted_and_only_if_it_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "bench" / "proof.json"
    done = progress.load(file, "short", 1, "abc")
    done.rounds[3] = Row("kill", times=2, seconds=[1.5])
    progress.save(file, done)
    assert progress.load(file, "short", 1, "abc").rounds == {3: done.rounds[3]}
    for other in (("full", 1, "abc"), ("short", 2, "abc"), ("short", 1, "def")):
        assert progress.load(file, *other).rounds == {}


def test_the_table_adds_up_and_names_what_is_wrong() -> None:
    rows = [
        Row("kill", times=2, sent=1_200, seconds=[3.0, 1.0], wrong=["a lost"]),
        Row("cut", times=1, sent=5, seconds=[9.0]),
    ]
    lines = list(table(rows))
    assert lines[2].startswith("| kill **wrong** | 2 | 1,200 |")
    assert lines[2].endswith("| 1.0 | 3.0 |")
    assert lines[-1].startswith("| all | 3 | 1,205 |")
    assert lines[-1].endswith("| 3.0 | 9.0 |")
    assert list(wrong(rows)) == ["- kill: a lost"]
