"""What a person is told three days before a trial ends."""

from dataclasses import replace
from typing import Any

import pytest

from services.trigger.alerts.notices import account_facts
from services.trigger.process.log.append import Appended
from services.trigger.process.tasks import words
from services.trigger.process.tasks.openings import opening
from services.trigger.process.trials import course
from services.trigger.process.trials.reminder import reminder
from shared.values.moments import iso
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask, context, deal

SEEN = context()


@pytest.mark.parametrize(
    ("locale", "happened", "why_now"),
    [
        (
            "en-US",
            "Their trial of Webhooks and users ends on",
            "1 of 2 criteria are met so far",
        ),
        ("ja-JP", "に終了します", "成功条件2件のうち1件を満たしています"),
    ],
)
def test_what_was_tried_and_how_far_it_is(locale: str, happened: str, why_now: str) -> None:
    criteria: list[dict[str, Any]] = [{"feature": "webhooks", "uses": 2}, {"text": "x"}]
    body = {"type": "trial", "features": ["webhooks"], "limits": {"seats": 30}}
    found = ask(deal("engaged"), {**body, "criteria": criteria}, SEEN)
    assert isinstance(found, Appended)
    (id,) = course.courses(found.state)
    seen = replace(SEEN, uses={(id, "webhooks"): 2})
    asked = reminder(course.courses(found.state)[id], seen)
    task = opening(asked, seen, id, found.state.owner)
    assert (task.reason, task.about, task.opportunity) == ("trial_ending", id, "o1")
    assert (task.owner.id, task.priority, iso(task.due_at)) == (
        "u7",
        "high",
        "2025-09-30T00:00:00Z",
    )
    said = words.said(words.of_lines(account_facts(seen.account), asked.words), locale)
    assert happened in said.lines["happened"]
    assert why_now in said.lines["why_now"]
    assert all(said.lines.values())
    assert task.due_at > NOW
