"""A task as `GET` shows it, in both languages."""

from datetime import timedelta

from services.trigger.process.tasks import view
from shared.wording.language import is_japanese
from tests.unit.trigger.process.tasks.given import begun, context, having

NOW = context().at


def test_title_and_lines_are_said_in_the_readers_language() -> None:
    task = begun("competitor", about="")
    english, japanese = view.shown(task, NOW, "en-US"), view.shown(task, NOW, "ja-JP")
    assert english["lines"]["happened"] == "They gave an NPS of 9."
    assert english["title"].endswith(": They gave an NPS of 9")
    assert english["lines"]["do_not_say"] == "Nothing in particular."
    assert is_japanese(japanese["lines"]["happened"])
    assert set(english["lines"]) == {"happened", "why_now", "say", "do_not_say", "next_step"}
    assert (english["about"], english["revision"], english["crm"]) == (None, 1, [])


def test_it_is_overdue_while_somebody_should_be_done() -> None:
    task = begun("competitor")
    assert not view.shown(task, NOW, "en")["overdue"]
    late = task.due_at + timedelta(seconds=1)
    assert view.shown(task, late, "en")["overdue"]
    assert not view.shown(having(task, "closed", outcome="success"), late, "en")["overdue"]
