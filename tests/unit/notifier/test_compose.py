"""What a task says and when it is due, from the delivery that was made for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier.completion import completion
from services.notifier.compose import task_order
from shared.messages import Closed
from shared.wording import task_text
from tests.unit.notifier.samples import NOW, claimed, facts


def order(locale: str = "en", facts: dict[str, Any] | None = None, **given: Any) -> Any:
    task = {"key": "k", "action": "raise", "priority": "high", "due_at": "2026-11-24T12:00:00Z", **given.pop("task", {})}
    more = {} if facts is None else {"facts": facts}
    return task_order(claimed(channel="hubspot", contact=None, task=task, locale=locale, **more, **given))


DUE = {"en": "if they need help. This task is due on November 24, 2026.", "ja": "連絡してください。このタスクの期限は2026年11月24日です。"}


@pytest.mark.parametrize(("locale", "said"), DUE.items())
def test_the_last_line_says_when_it_is_due(locale: str, said: str) -> None:
    found = order(locale)
    assert found.due_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert found.body.endswith(said)
    assert len(found.body.split("\n")) == 5


def test_the_day_is_that_of_the_account() -> None:
    """16:00 in London is the next day in Tokyo."""
    assert order(task={"due_at": "2026-11-24T16:00:00Z"}).body.endswith("due on November 25, 2026.")


def test_another_due_date_is_said_as_well() -> None:
    moved = order().due(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert moved.body.endswith("due on November 23, 2026.")
    assert moved.due_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_what_names_its_day_itself_names_it_once() -> None:
    """The task of a usage that is held back is due by its priority, and the remedy in it when that is."""
    steps = {"next_step": [{"key": "remedy.training", "variables": {"due": "2026-11-29T00:00:00Z"}}]}
    own = {"due_at": "2026-11-29T00:00:00Z"}
    assert order(facts=facts(task=steps), task=own).body.endswith("Next step: Offer training (due November 29, 2026).")
    assert order(facts=facts(task=steps)).body.endswith("(due November 29, 2026). This task is due on November 24, 2026.")


def test_a_completed_task_is_due_no_more() -> None:
    assert "due" not in order(task={"action": "complete"}).body


@pytest.mark.parametrize(("priority", "days"), [("high", 1), ("medium", 3), ("low", 9)])
def test_a_task_of_before_is_due_from_when_it_was_made_however_late_it_goes(priority: str, days: int) -> None:
    """22 November 2026 is a Sunday (21:00 in Tokyo): seven business days end on a Tuesday."""
    found = order(task={"due_at": None, "priority": priority}, deadline_at=NOW + timedelta(days=30))
    assert found.due_at == NOW + timedelta(days=days)


def test_a_text_that_is_too_long_for_a_crm_keeps_its_five_lines() -> None:
    many = [{"key": "signal.held", "variables": {"reason": "&" * 900}}] * 9
    found = order(facts=facts(task={"happened": many, "next_step": many}))
    lines = found.body.split("\n")
    assert [line.split(": ")[0] for line in lines] == ["What happened", "Why now", "Say", "Do not say", "Next step"]
    assert lines[0].endswith("…")
    assert lines[4].endswith("… This task is due on November 24, 2026.")
    assert len(found.body.replace("&", "&amp;")) < 65_536


def test_why_now_of_a_completed_task_says_that_it_is_done() -> None:
    closed = Closed("k", "acct-42", "api_calls", NOW, (), True, facts(used="1200", percent=12, threshold=None))
    told = {"key": "f" * 32, "account": "acct-42", "meter": "api_calls", "facts": facts(), "task": {"key": "k", "priority": "high"}}
    row = completion(closed, told).notification
    lines = task_text(dict(row.facts), "en").body.split("\n")
    assert lines[:2] == ["What happened: API calls: usage is below the limit again.", "Why now: This is done."]
    assert "なぜ今: この件は完了しました。" in task_text(dict(row.facts), "ja").body
