"""How a trial goes, by its entries and by the clock."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.trigger.process.deals import view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    TIMER,
    TaskEnded,
    TimerDropped,
    TimerSet,
    TrialKept,
)
from services.trigger.process.trials import course
from shared.values.moments import iso
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask, context, deal

SEEN = context()
DAY = timedelta(days=1)
END = NOW + 14 * DAY


def begun(**more: Any) -> tuple[str, Opportunity, Appended]:
    body = {
        "type": "trial",
        "features": ["webhooks"],
        "limits": {"seats": 30},
        "criteria": [{"feature": "webhooks", "uses": 2}, {"text": "They want it."}],
    }
    found = ask(deal("engaged"), {**body, **more}, SEEN)
    assert isinstance(found, Appended)
    return found.entries[0].id, found.state, found


def at(moment: Any, uses: dict[tuple[str, str], int] | None = None) -> Context:
    return replace(SEEN, at=moment, uses=uses or {})


def shown(state: Opportunity, seen: Context) -> Any:
    (one,) = view.shown(state, seen)["trials"]
    return one


def judged(state: Opportunity, id: str, n: int = 2, *, met: bool = True) -> Opportunity:
    found = ask(state, {"type": "criterion", "trial": id, "n": n, "met": met}, SEEN)
    assert isinstance(found, Appended)
    return found.state


def test_it_is_shown_with_what_shall_come_of_it() -> None:
    id, state, _ = begun()
    assert shown(state, at(NOW, {(id, "webhooks"): 1})) == {
        "id": id,
        "features": ["webhooks"],
        "limits": {"seats": 30},
        "starts_at": iso(NOW),
        "ends_at": iso(END),
        "state": "active",
        "criteria": [
            {"feature": "webhooks", "uses": 2, "count": 1, "met": False},
            {"text": "They want it.", "count": None, "met": False},
        ],
    }
    both = shown(judged(state, id), at(NOW, {(id, "webhooks"): 2}))["criteria"]
    assert [one["met"] for one in both] == [True, True]
    back = shown(judged(judged(state, id), id, met=False), at(NOW))["criteria"]
    assert back[1]["met"] is False


@pytest.mark.parametrize(
    ("moment", "said", "count", "wanted"),
    [
        (END - timedelta(microseconds=1), True, 2, "active"),
        (END, True, 2, "ended_met"),
        (END, True, 3, "ended_met"),
        (END, True, 1, "ended_not_met"),
        (END, False, 2, "ended_not_met"),
    ],
)
def test_the_clock_ends_it_whether_or_not_anybody_recorded_it(
    moment: Any, said: bool, count: int, wanted: str
) -> None:
    id, state, _ = begun()
    state = judged(state, id, met=said)
    seen = at(moment, {(id, "webhooks"): count})
    assert shown(state, seen)["state"] == wanted
    found = append.written(state, course.passed(state, seen), TIMER, seen)
    assert [one.body["state"] for one in found.entries] == ([] if wanted == "active" else [wanted])
    # What comes later, or is pruned, changes nothing of it.
    kept = shown(found.state, at(END + DAY, {(id, "webhooks"): 9 if wanted != "active" else count}))
    if wanted != "active":
        assert (kept["state"], kept["criteria"][0]["count"]) == (wanted, count)
        assert not list(course.passed(found.state, at(END + DAY)))


def test_an_offered_one_starts_and_ends_in_order_after_an_outage() -> None:
    _, state, found = begun(starts_at=iso(NOW + DAY))
    assert shown(state, at(NOW))["state"] == "offered"
    assert not list(course.passed(state, at(NOW)))
    started = [one.body["state"] for one in course.passed(state, at(NOW + DAY))]
    assert started == ["active"]
    late = append.written(state, course.passed(state, at(END + DAY)), TIMER, at(END + DAY))
    assert [one.body["state"] for one in late.entries] == ["active", "ended_not_met"]
    assert late.entries[-1].body["ends_at"] == iso(END + DAY)
    names = [one.name for one in course.effects(state, found.entries) if isinstance(one, TimerSet)]
    assert names == ["trial_start", "trial_ending", "trial_end"]


@pytest.mark.parametrize(
    ("days", "ahead", "reminded"),
    [
        (14, 0, NOW + 11 * DAY),
        (3, 0, NOW),
        (1, 0, NOW),
        (1, 1, NOW + DAY),
        (90, 90, NOW + 177 * DAY),
    ],
)
def test_its_timers(days: int, ahead: int, reminded: Any) -> None:
    id, state, found = begun(days=days, starts_at=iso(NOW + ahead * DAY))
    kept, *timers = course.effects(state, found.entries)
    assert isinstance(kept, TrialKept)
    ends = NOW + (ahead + days) * DAY
    assert (kept.trial.starts_at, kept.trial.ends_at) == (NOW + ahead * DAY, ends)
    set_ = {one.name: one.at for one in timers if isinstance(one, TimerSet) and one.key == id}
    assert set_["trial_ending"] == reminded
    assert set_["trial_end"] == ends
    assert ("trial_start" in set_) == (ahead > 0)


def test_a_person_ends_it_now_and_its_timers_go() -> None:
    id, state, _ = begun()
    seen = at(NOW + DAY, {(id, "webhooks"): 2})
    found = ask(judged(state, id), {"type": "end_trial", "trial": id}, seen)
    assert isinstance(found, Appended)
    one = shown(found.state, seen)
    assert (one["state"], one["ends_at"]) == ("ended_met", iso(NOW + DAY))
    kept, *dropped = course.effects(found.state, found.entries)
    assert isinstance(kept, TrialKept)
    assert (kept.state, kept.trial.ends_at) == ("ended_met", NOW + DAY)
    assert not kept.trial.holds(NOW + DAY)
    assert TaskEnded("trial_ending", id, "success") in dropped
    assert {one.name for one in dropped if isinstance(one, TimerDropped) and one.key == id} == {
        "trial_start",
        "trial_ending",
        "trial_end",
    }


def test_one_that_ends_before_it_starts_never_runs() -> None:
    id, state, _ = begun(starts_at=iso(NOW + DAY))
    found = ask(state, {"type": "end_trial", "trial": id}, SEEN)
    assert isinstance(found, Appended)
    kept = next(iter(course.effects(found.state, found.entries)))
    assert isinstance(kept, TrialKept)
    assert kept.trial.starts_at == kept.trial.ends_at
    assert not kept.trial.holds(kept.trial.starts_at)


def test_what_they_buy_cuts_short_all_that_are_not_over() -> None:
    id, state, _ = begun()
    more = ask(
        state,
        {"type": "trial", "features": ["custom_contract"], "criteria": [{"text": "x"}]},
        SEEN,
    )
    assert isinstance(more, Appended)
    ended = ask(more.state, {"type": "end_trial", "trial": id}, SEEN)
    assert isinstance(ended, Appended)
    seen = at(NOW + DAY)
    (draft,) = course.cut_short(ended.state, seen)
    assert (draft.body["trial"], draft.body["state"]) == (more.entries[0].id, "ended_not_met")
    closed = replace(ended.state, stage="closed_lost")
    assert [one.body["trial"] for one in course.cut_short(closed, seen)] == [more.entries[0].id]
    assert not list(course.effects(closed, ()))
