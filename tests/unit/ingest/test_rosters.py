"""What is known of accounts, within a budget."""

import numpy as np

from services.ingest.rosters import Roster, Rosters


def known(roster: Roster, account: str) -> tuple[float, float]:
    (slot,), span = roster.slots([account]), roster.span("period")
    return float(span.starts[slot]), float(span.ends[slot])


def test_an_account_has_a_slot_and_its_periods_by_reset() -> None:
    roster = Roster()
    assert roster.slots(["a"]) == [-1]
    roster.learn("period", ["a", "b"], [1.0, 2.0], [11.0, 12.0])
    roster.learn("day", ["b"], [3.0], [4.0])
    assert roster.slots(["b", "x", "a"]) == [1, -1, 0]
    assert roster.names(np.array([1, 0])) == ["b", "a"]
    assert (known(roster, "a"), known(roster, "b")) == ((1.0, 11.0), (2.0, 12.0))
    day = roster.span("day")
    assert day.starts[0] > day.ends[0]  # contains no moment
    roster.learn("period", ["a"], [11.0], [21.0])
    assert (known(roster, "a"), len(roster)) == ((11.0, 21.0), 2)


def test_who_is_forgotten_leaves_the_slot_without_periods() -> None:
    roster = Roster()
    roster.learn("period", ["a", "b"], [1.0, 2.0], [11.0, 12.0])
    roster.forget(["a", "nobody"])
    assert ("a" in roster, "b" in roster, roster.slots(["a", "b"])) == (False, True, [-1, 1])
    roster.learn("day", ["c"], [3.0], [4.0])
    assert roster.slots(["c"]) == [0]
    start, end = known(roster, "c")
    assert start > end
    assert roster.span("day").ends[0] == 4.0


def test_a_roster_grows_and_keeps_what_it_knows() -> None:
    roster = Roster()
    for first in range(0, 3_000, 100):
        names = [str(number) for number in range(first, first + 100)]
        roster.learn("period", names, [float(name) for name in names], [1e9] * 100)
    assert len(roster) == 3_000
    assert all(known(roster, str(number))[0] == number for number in range(3_000))


def test_the_hand_drops_who_was_not_used_since_it_passed_last() -> None:
    rosters = Rosters(most=2_000)
    roster, other = rosters.of(0), rosters.of(1)
    names = [str(number) for number in range(1_200)]
    roster.learn("period", names, [1.0] * 1_200, [2.0] * 1_200)
    other.learn("period", ["x"], [1.0], [2.0])
    for _ in range(3):  # whoever is new counts as used once
        roster.use(np.array(roster.slots(names[:500])))
        rosters.trim()
        more = [f"new-{_}-{number}" for number in range(300)]
        roster.learn("period", more, [1.0] * 300, [2.0] * 300)
    rosters.trim()
    assert len(roster) <= 1_000
    assert "x" in other
    assert sum(name in roster for name in names[:500]) > sum(name in roster for name in names[500:])
    rosters.forget({"x"})
    assert "x" not in other
    rosters.clear()
    assert len(rosters) == 0
