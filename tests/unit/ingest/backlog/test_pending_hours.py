"""What is pending is what was added and not taken out, and so is what the log adds up to."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.backlog.pending_hours import (
    GROUPS,
    Entries,
    Kind,
    Later,
    PendingHours,
    apply,
    encoded,
    spread,
)
from shared.values.quantities import EXACT

ACCOUNTS = ["a", "b", "c", "会社", "e" * 300]
SUM: Kind = ("bytes", "sum", 1)
kinds = st.tuples(
    st.sampled_from(["calls", "bytes"]),
    st.sampled_from(["count", "sum"]),
    st.integers(0, 3),
)
amounts = st.integers(-(2**70), 2**70) | st.decimals(-(10**17), 10**17, places=9)
entries = st.builds(
    lambda kind, held: Entries(kind, list(held), list(held.values())),
    kinds,
    st.dictionaries(st.sampled_from(ACCOUNTS), amounts, min_size=1),
)
steps = st.lists(
    entries
    | st.sets(st.sampled_from(ACCOUNTS), min_size=1)
    | st.sampled_from(["all groups", "written anew"])
)


def plainly(several: Iterable[Entries]) -> dict[tuple[Kind, str], Decimal]:
    found: dict[tuple[Kind, str], Decimal] = {}
    for kind, accounts, values in several:
        for account, amount in zip(accounts, values, strict=True):
            assert (kind, account) not in found
            found[kind, account] = Decimal(amount)
    return found


@given(steps)
@example(
    [Entries(SUM, ["a"], [2**69]), Entries(SUM, ["a"], [Decimal("0.000000001")]), "all groups"]
)
def test_the_log_adds_up_to_what_is_pending(story: list[Any]) -> None:
    pending, log = PendingHours(), list[bytes]()
    expected: dict[tuple[Kind, str], Decimal] = defaultdict(Decimal)
    for step in story:
        if isinstance(step, Entries):
            pending.add(step, 5.0)
            log.append(encoded((), [step]))
            for account, amount in zip(step.accounts, step.amounts, strict=True):
                key = (step.kind, account)
                expected[key] = EXACT.add(expected[key], Decimal(amount))
        elif step == "written anew":
            log = [encoded((), pending.all())]
        else:
            if step == "all groups":
                taken = [one for number in range(GROUPS) for one in pending.take_group(number)]
            else:
                taken = pending.take(step)
            wanted = ACCOUNTS if step == "all groups" else step
            gone = {key: expected.pop(key) for key in list(expected) if key[1] in wanted}
            assert plainly(taken) == gone
            log.append(encoded(taken, ()))
    again = PendingHours()
    for raw in log:
        apply(again, raw, 5.0)
    assert plainly(pending.all()) == plainly(again.all()) == expected
    assert len(pending) == len(again) == len(expected)
    assert pending.oldest == again.oldest == (5.0 if expected else None)
    parts = spread([pending], lambda account: len(account) % 2)
    assert plainly(one for part in parts.values() for one in part.all()) == expected
    for place, part in parts.items():
        assert all(len(account) % 2 == place for _, account in plainly(part.all()))


def test_a_sum_that_is_zero_waits_too() -> None:
    """Its hour shows that something was recorded."""
    pending = PendingHours()
    for amount in (5, -5):
        pending.add(Entries(("bytes", "sum", 1), ["a"], [amount]), 1.0)
    assert pending.take(["a"]) == [Entries(("bytes", "sum", 1), ["a"], [0])]


def test_hours_of_the_oldest_are_those_of_what_is_left() -> None:
    pending = PendingHours()
    pending.add(Entries(("calls", "count", 1), ["a"], [1]), 1.0)
    pending.add(Entries(("calls", "count", 1), ["b"], [1]), 2.0)
    pending.take(["a"])
    assert pending.oldest == 2.0


def test_other_aggregations_are_found() -> None:
    pending = PendingHours()
    pending.add(Entries(("bytes", "sum", 1), ["a"], [1]), 1.0)
    assert pending.has_otherwise({"bytes": "latest"})
    assert not pending.has_otherwise({"bytes": "sum", "calls": "count"})
    pending.take(["a"])
    assert not pending.has_otherwise({"bytes": "latest"})


def test_past_hours_do_not_wait() -> None:
    later = Later({"calls"}, 10)
    assert later.holds("calls", 10)
    assert not later.holds("calls", 9)
    assert not later.holds("bytes", 10)
