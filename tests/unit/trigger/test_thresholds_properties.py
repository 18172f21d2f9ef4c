"""The module compared with the slow reference over random stories, and invariants."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.thresholds import State, evaluate
from tests.support.strategies import examples
from tests.unit.trigger.reference import Reference
from tests.unit.trigger.watched import Watched, thresholds

EDGES = [
    "0",
    "50",
    "80",
    "87.5",
    "87.999999999",
    "88",
    "89.999999999",
    "90",
    "92.5",
    "95",
    "97.5",
    "98",
    "100",
    "120",
]
AMOUNTS = st.one_of(
    st.sampled_from(EDGES).map(Decimal),
    st.sampled_from(EDGES).map(Decimal),
    st.decimals(0, 130, places=2, allow_nan=False),
)
LIMITS = st.one_of(
    st.sampled_from([None, Decimal(0), Decimal(100), Decimal(110), Decimal(50)]),
    st.integers(1, 140).map(Decimal),
)
KEYS = st.lists(
    st.one_of(
        st.sampled_from([80, 90, 95, 100]),
        st.integers(1, 130),
        st.sampled_from(["40", "85.5", "99"]),
    ),
    min_size=1,
    max_size=6,
    unique=True,
).map(tuple)
STEPS = st.one_of(
    st.tuples(st.just("use"), AMOUNTS),
    st.tuples(st.just("use"), AMOUNTS),
    st.tuples(st.just("correct"), AMOUNTS),
    st.tuples(st.just("allow"), LIMITS),
    st.tuples(st.just("thresholds"), KEYS),
    st.tuples(st.just("both"), LIMITS, KEYS, AMOUNTS),
    st.just(("period",)),
    st.just(("cancel",)),
)
STORIES = st.tuples(
    st.booleans(),
    st.one_of(st.just(Decimal(100)), LIMITS),
    st.one_of(st.just((80, 90, 95, 100)), KEYS),
    st.lists(STEPS, max_size=25),
)


def fraction(value: Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def play(meter: Watched, step: tuple[object, ...]) -> bool:
    """Applies the step; False if there is nothing to evaluate after it."""
    match step:
        case ("use", Decimal() as used):
            meter.used = used if meter.gauge else max(used, meter.used)
        case ("correct", Decimal() as used):
            meter.used = min(used, meter.used)
        case ("allow", Decimal() | None as limit):
            meter.limit = limit
        case ("thresholds", tuple() as keys):
            meter.keys = keys
        case ("both", Decimal() | None as limit, tuple() as keys, Decimal() as used):
            meter.limit, meter.keys, meter.used = limit, keys, used
        case ("period",) if not meter.gauge:
            meter.next_period()
            return False
        case ("cancel",):
            meter.cancel()
            return False
    return True


def follow(
    reference: Reference, meter: Watched, step: tuple[object, ...], *, evaluated: bool
) -> None:
    if evaluated:
        used, limit = fraction(meter.used), fraction(meter.limit)
        assert used is not None
        reference.look(used, limit, meter.keys)
    elif step == ("period",):
        reference.begin_period()
    else:
        reference.cancel()


def told(meter: Watched) -> list[str]:
    return [name.removeprefix("at:") for name in meter.sent]


@examples(400)
@given(STORIES)
def test_agrees_with_the_slow_reference(
    story: tuple[bool, Decimal | None, tuple[int | str, ...], list[tuple[object, ...]]],
) -> None:
    gauge, limit, keys, steps = story
    meter, reference = Watched(limit, gauge=gauge, keys=keys), Reference(gauge)
    for step in steps:
        evaluated = play(meter, step)
        if evaluated:
            meter.look()
        follow(reference, meter, step, evaluated=evaluated)
        assert told(meter) == reference.messages
        ours = [
            (row.key.removeprefix("at:"), row.state, row.resolution, row.again)
            for row in meter.rows
        ]
        theirs = [
            (str(a.key), "superseded" if a.state == "old" else a.state, a.resolution, a.again)
            for a in reference.alerts
        ]
        assert sorted(ours, key=str) == sorted(theirs, key=str)


@examples(200)
@given(STORIES)
def test_what_always_holds(
    story: tuple[bool, Decimal | None, tuple[int | str, ...], list[tuple[object, ...]]],
) -> None:
    gauge, limit, keys, steps = story
    meter = Watched(limit, gauge=gauge, keys=keys)
    for step in steps:
        before = len(meter.sent)
        if play(meter, step):
            meter.look()
            rows, state = len(meter.rows), meter.state
            meter.look()
            assert (len(meter.rows), meter.state) == (rows, state), "a second look changes nothing"
        assert len(meter.sent) - before <= 2 - (meter.limit != 0), "one message a step"
        period = [row for row in meter.rows if row.resolution != "reset"]
        assert sum(row.state == "open" for row in period) <= 1, "one open alert"


@examples(200)
@given(STORIES, st.lists(st.decimals(-5, 140, places=9, allow_nan=False), min_size=1, max_size=20))
def test_between_the_wake_amounts_nothing_happens(
    story: tuple[bool, Decimal | None, tuple[int | str, ...], list[tuple[object, ...]]],
    totals: list[Decimal],
) -> None:
    gauge, limit, keys, steps = story
    meter = Watched(limit, gauge=gauge, keys=keys).look()
    for step in steps:
        if play(meter, step):
            meter.look()
    meter.look()
    for total in (*totals, meter.alert_at and meter.alert_at - Decimal("1e-9"), meter.rearm_at):
        if total is None:
            continue
        found = evaluate(total, meter.limit, thresholds(meter.keys), meter.state, gauge=gauge)
        asleep = (meter.alert_at is None or total < meter.alert_at) and (
            meter.rearm_at is None or total >= meter.rearm_at
        )
        happened = bool(found.reached or found.closed or found.gated is not None)
        assert happened is not asleep


def test_epochs_are_never_used_twice() -> None:
    meter = Watched(Decimal(100))
    for limit in (100, None, 100, 200, 100, 0, 100):
        meter.uses(96).allows(limit)
        meter.cancel()
    seen = [(row.key, row.epoch) for row in meter.rows]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("gauge", [True, False])
def test_a_state_survives_being_looked_at_first(gauge: bool) -> None:
    assert evaluate(Decimal(0), Decimal(1), (), State(), gauge=gauge).state.held
