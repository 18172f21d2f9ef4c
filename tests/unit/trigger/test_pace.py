"""Accounts per transaction: fewer if their locks were held for long, more again if not."""

from services.trigger.pace import FEWEST, MOST, Pace


def test_locks_are_held_for_a_moment_however_slow_the_machine_is() -> None:
    now = 0.0
    pace = Pace(lambda: now)

    def transaction(accounts: int, seconds: float, waited: float = 0.0) -> int:
        nonlocal now
        pace.begins()
        now += waited
        pace.locked()
        now += seconds
        pace.ended(accounts)
        return pace.limit

    assert [transaction(pace.limit, 0.5) for _ in range(5)] == [100, FEWEST, FEWEST, FEWEST, FEWEST]
    assert transaction(FEWEST, 0.2, waited=9.0) == FEWEST  # waiting for locks does not count
    assert [transaction(pace.limit, 0.01) for _ in range(4)] == [100, MOST, MOST, MOST]
    assert transaction(7, 1.0) == FEWEST  # seven took this long, and so will the next
    assert transaction(7, 0.01) == FEWEST  # and seven quick ones say nothing about more


def test_what_took_no_lock_says_nothing() -> None:
    pace = Pace(lambda: 0.0, limit=50)
    pace.begins()
    pace.ended(50)
    assert pace.limit == 50
