"""Who may try what, for how long, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.trigger.accounts import Trial
from services.trigger.judgement.question import Question
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Refused
from services.trigger.process.trials.entries import LATE
from shared.values.moments import iso
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask, context, deal, story

SEEN = context()
DAY = timedelta(days=1)


def trial(**more: Any) -> dict[str, Any]:
    offered = {"features": ["advanced_analytics"], "criteria": [{"text": "They want it."}]}
    return {"type": "trial", **offered, **more}


def refused(body: dict[str, Any], seen: Context = SEEN) -> tuple[int, list[tuple[str, str]]]:
    found = ask(deal("engaged"), body, seen)
    assert isinstance(found, Refused), found
    return found.status, [(one.path, one.reason.partition(":")[0]) for one in found.faults]


def running(**more: Any) -> Context:
    one = Trial("t", "o", ("webhooks",), {"seats": None}, NOW - DAY, NOW + DAY)
    return replace(SEEN, trials=(replace(one, **more),))


def test_it_begins_now_for_as_long_as_the_policy_says() -> None:
    found = ask(
        deal("engaged"), trial(features=["webhooks", "webhooks"], limits={"seats": "30"}), SEEN
    )
    assert isinstance(found, Appended)
    (entry,) = found.entries
    assert entry.body == {
        "features": ["webhooks"],
        "limits": {"seats": 30},
        "days": 14,
        "starts_at": "2025-09-16T00:00:00Z",
        "ends_at": "2025-09-30T00:00:00Z",
        "criteria": [{"text": "They want it."}],
        "state": "active",
    }


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (30, 30),
        ("1.50", "1.5"),
        ("12 GB", 12_000_000_000),
        ("unlimited", "unlimited"),
        (2**53, str(2**53)),
        (Decimal("0.5"), "0.5"),
    ],
)
def test_a_limit_is_what_every_reader_of_json_reads_alike(given: Any, stored: Any) -> None:
    found = ask(deal("engaged"), trial(features=[], limits={"seats": given}), SEEN)
    assert isinstance(found, Appended)
    assert found.entries[0].body["limits"] == {"seats": stored}


@pytest.mark.parametrize(
    "body",
    [
        trial(criteria=[]),
        trial(criteria=[{"text": "x"}] * 11),
        trial(criteria=[{"text": "x", "uses": 1}]),
        trial(criteria=[{"feature": "webhooks"}]),
        trial(criteria=[{}]),
        trial(criteria=[{"feature": "webhooks", "uses": 0}]),
        trial(days=0),
        trial(days=91),
        trial(limits={"seats": "many"}),
        trial(limits={"seats": -1}),
        {"type": "trial", "features": ["webhooks"]},
    ],
)
def test_a_body_of_another_shape_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(deal("engaged"), body, SEEN)


def test_what_cannot_be_tried_is_named() -> None:
    body = trial(
        features=["sso", "nothing"],
        limits={"a/b": 1},
        criteria=[{"text": "x"}, {"feature": "no", "uses": 1}],
        starts_at=iso(NOW - LATE - timedelta(microseconds=1)),
    )
    status, faults = refused(body)
    assert status == 422
    assert [path for path, _ in faults] == [
        "/features/0",
        "/features/1",
        "/limits/a~1b",
        "/criteria/1/feature",
        "/starts_at",
    ]
    assert refused(trial(features=[]))[1][0][0] == "/features"
    late = iso(NOW + 90 * DAY + timedelta(microseconds=1))
    assert refused(trial(starts_at=late)) == (422, refused(trial(starts_at=late))[1])
    for on_time in (NOW - LATE, NOW, NOW + 90 * DAY):
        assert isinstance(ask(deal("engaged"), trial(starts_at=iso(on_time)), SEEN), Appended)


def test_there_is_one_at_a_time_of_each_feature_and_meter() -> None:
    body = trial(features=["advanced_analytics", "webhooks"], limits={"seats": 30, "storage": 1})
    assert refused(body, running()) == (
        409,
        [("/features/1", "trial_running"), ("/limits/seats", "trial_running")],
    )
    other = trial(features=["advanced_analytics"], limits={"storage": 1})
    assert isinstance(ask(deal("engaged"), other, running()), Appended)
    after = trial(features=["webhooks"], starts_at=iso(NOW + DAY))
    assert isinstance(ask(deal("engaged"), after, running()), Appended)
    planned = running(starts_at=NOW + 13 * DAY, ends_at=NOW + 20 * DAY)
    assert refused(trial(features=["webhooks"]), planned)[0] == 409
    assert isinstance(
        ask(deal("engaged"), trial(features=["webhooks"], days=13), planned), Appended
    )


def test_it_is_beside_a_subscription() -> None:
    known = story()
    left = replace(known.case("schedule"), facts=replace(known.facts, subscription=None))
    nobody = replace(SEEN, question=Question.of(left))
    assert refused(trial(), nobody) == (409, [("/type", "no_subscription")])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"type": "end_trial", "trial": "none"}, "/trial"),
        ({"type": "criterion", "trial": "none", "n": 1, "met": True}, "/trial"),
    ],
)
def test_a_trial_that_there_is_not(body: dict[str, Any], path: str) -> None:
    status, faults = refused(body)
    assert (status, faults[0][0]) == (422, path)


def test_only_a_text_of_a_trial_that_is_not_over_is_judged() -> None:
    criteria = [{"feature": "webhooks", "uses": 2}, {"text": "x"}]
    begun = ask(deal("engaged"), trial(criteria=criteria), SEEN)
    assert isinstance(begun, Appended)
    id, state = begun.entries[0].id, begun.state

    def judge(n: int) -> Any:
        return ask(state, {"type": "criterion", "trial": id, "n": n, "met": True}, SEEN)

    assert isinstance(judge(2), Appended)
    for n in (1, 3):
        found = judge(n)
        assert isinstance(found, Refused)
        assert (found.status, found.faults[0].path) == (422, "/n")
    ended = ask(state, {"type": "end_trial", "trial": id}, SEEN)
    assert isinstance(ended, Appended)
    assert [(one.type, one.by.kind) for one in ended.entries] == [
        ("end_trial", "person"),
        ("trial", "plimsoll"),
    ]
    state = ended.state
    for again in (judge(2), ask(state, {"type": "end_trial", "trial": id}, SEEN)):
        assert isinstance(again, Refused)
        assert (again.status, again.faults[0].reason.partition(":")[0]) == (409, "wrong_state")


def test_whose_it_is() -> None:
    found = ask(deal("engaged"), trial(), SEEN, "s1")
    assert isinstance(found, Refused)
    assert (found.status, found.faults[0].reason) == (403, "not_owner")
    assert isinstance(ask(deal("engaged"), trial(), SEEN, "u7"), Appended)


@given(st.integers(1, 90), st.integers(0, 90 * 86_400))
def test_a_day_has_24_hours(days: int, ahead: int) -> None:
    body = trial(days=days, starts_at=iso(NOW + timedelta(seconds=ahead)))
    found = ask(deal("engaged"), body, SEEN)
    assert isinstance(found, Appended)
    body = dict(found.entries[0].body)
    assert body["ends_at"] == iso(NOW + timedelta(seconds=ahead) + days * DAY)
    assert body["state"] == ("offered" if ahead else "active")
