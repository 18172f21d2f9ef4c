"""One meter of one account in one period: which rules apply now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger.accounts import Override, Subscription, Terms, Trial
from services.trigger.alerts.evaluation import Context, Look, at
from services.trigger.places import Held, Place
from services.trigger.thresholds import Mark, State
from shared.catalog import Catalog, Threshold
from shared.values.periods import NEVER, Period
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
START, NOW, END = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 15, 30))
END += timedelta(days=1)
TICK = timedelta(microseconds=1)
STARTER = Subscription("starter", 1, START, changed_at=START)
OPEN = State(held=True, limit=Decimal(10_000), known=("90",), marks={"90": Mark("open")}, task="t1")


def terms(subscription: Subscription | None = STARTER, **overrides: Override) -> Terms:
    return Terms("UTC", subscription, overrides)


def look(
    used: int | None = 9_000,
    state: State | None = None,
    *,
    start: datetime = START,
    meter: str = "api_calls",
    on: Terms | None = None,
    now: datetime = NOW,
    current: Catalog = GLOBAL,
) -> Look:
    amount = None if used is None else Decimal(used)
    held = Held(None if start == NEVER else END, amount, state=state)
    context = Context(current, {1: GLOBAL}, now)
    found = at(Place("a", meter, start), held, on or terms(), context)
    assert found is not None
    return found


@pytest.mark.parametrize("known", [None, terms(None)])
def test_an_unknown_account_and_one_that_never_subscribed_are_not_evaluated(
    known: Terms | None,
) -> None:
    place = Place("a", "api_calls", START)
    assert at(place, Held(END, Decimal(9_000)), known, Context(GLOBAL, {1: GLOBAL}, NOW)) is None


def test_a_running_period_reaches_and_looks_again_when_it_ends() -> None:
    found = look()
    assert [one.threshold for one in found.result.reached] == [Threshold(80), Threshold(90)]
    assert (found.speaks, found.look_at, found.period) == (True, END, Period(START, END))
    assert found.kept.task == found.alert_id("90", 0)


def test_below_every_threshold_nothing_is_said_and_no_time_is_waited_for() -> None:
    found = look(7_999)
    assert (found.speaks, found.look_at, found.kept.task) == (False, None, None)


def test_nothing_counted_is_nothing_used() -> None:
    assert look(None).used == 0
    assert not look(None).wakes_differ


@pytest.mark.parametrize(
    ("now", "resolutions"),
    [(START, []), (END - TICK, []), (END, ["reset"]), (END + TICK, ["reset"])],
)
def test_a_period_ends_at_its_end(now: datetime, resolutions: list[str]) -> None:
    found = look(9_000, OPEN, now=now)
    assert [one.resolution for one in found.result.closed if one.key == "90"] == resolutions


def test_a_period_that_is_to_come_waits_for_its_start() -> None:
    early = START - TICK
    found = look(9_000, now=early, on=terms(replace(STARTER, started_at=START - timedelta(31))))
    assert (found.speaks, found.look_at) == (False, START)


def test_without_a_subscription_in_force_open_alerts_are_cancelled_and_the_task_ends() -> None:
    found = look(9_000, OPEN, on=terms(replace(STARTER, ended_at=NOW)))
    assert [(one.key, one.resolution) for one in found.result.closed] == [("90", "cancelled")]
    assert found.kept.task is None


def test_a_meter_that_no_catalogue_in_force_has_resolves_by_its_limit() -> None:
    current = replace(GLOBAL, meters={"seats": GLOBAL.meters["seats"]})
    found = look(9_000, OPEN, current=current)
    assert [one.resolution for one in found.result.closed] == ["limit"]
    assert found.meter == GLOBAL.meters["api_calls"]
    assert look(1, meter="gone", current=current).meter is None


def test_what_became_a_gauge_or_a_counter_ends_the_other_s_period() -> None:
    for meter, start in (("seats", START), ("api_calls", NEVER)):
        found = look(9_000, OPEN, meter=meter, start=start)
        assert [one.resolution for one in found.result.closed] == ["reset"]


def test_an_open_task_is_kept_until_no_alert_is_open() -> None:
    assert look(9_500, OPEN).kept.task == "t1"
    closed = look(9_500, OPEN, on=terms(api_calls=Override("api_calls", True, Decimal(20_000))))
    assert (closed.result.cured, closed.kept.task) == (True, None)


def test_the_epoch_names_a_counter_s_period_and_counts_for_a_gauge() -> None:
    counter, gauge = look(), look(4, meter="seats", start=NEVER)
    assert [counter.epoch(number) for number in (0, 1)] == [
        "2026-11-01T00:00:00Z",
        "2026-11-01T00:00:00Z/2",
    ]
    assert [gauge.epoch(number) for number in (0, 1)] == ["1", "2"]
    assert gauge.period is None
    ids = {one.alert_id("90", number) for one in (counter, gauge) for number in (0, 1)}
    assert len(ids) == 4


def test_why_a_recorded_alert_is_silent() -> None:
    assert look(9_000, OPEN).silence == "90 is open already"
    assert look(10).silence == "the policy evaluate_on_create is off"


def test_only_what_differs_is_stored() -> None:
    first = look(100)
    assert (first.state_differs, first.wakes_differ) == (True, True)
    result = first.result
    held = Held(END, Decimal(100), result.alert_at, result.rearm_at, first.kept)
    again = at(Place("a", "api_calls", START), held, terms(), Context(GLOBAL, {1: GLOBAL}, NOW))
    assert again is not None
    assert (again.state_differs, again.wakes_differ, again.speaks) == (False, False, False)


def test_a_trial_raises_the_limit_at_its_start_and_lowers_it_at_its_end() -> None:
    """The rule of a changed limit holds at both moments, by the clock alone."""
    ends = NOW + timedelta(days=1)
    trial = Trial("t", "o", (), {"api_calls": Decimal(20_000)}, NOW, ends)
    trying = replace(terms(), trials=(trial,))
    before = look(9_000, on=trying, now=NOW - TICK)
    assert before.result.told is not None
    during = look(9_000, before.kept, on=trying)
    assert [(one.key, one.resolution) for one in during.result.closed] == [
        ("80", "limit"),
        ("90", "limit"),
    ]
    assert (during.allowance.limit, during.result.reached) == (Decimal(20_000), ())
    after = look(9_000, during.kept, on=trying, now=ends)
    assert [(one.threshold.key, one.standing, one.again) for one in after.result.reached] == [
        ("80", "superseded", True),
        ("90", "open", True),
    ]
    assert after.result.told is not None
