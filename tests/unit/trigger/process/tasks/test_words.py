"""Title and five lines, as they are kept and as they are said."""

from services.trigger.alerts.notices import account_facts
from services.trigger.process.tasks import words
from tests.unit.trigger.process.tasks.given import LINES, context


def test_what_a_person_wrote_stands_as_it_is() -> None:
    said = words.said(words.written("call them: now", "as agreed"), "ja-JP")
    assert (said.title, said.lines["happened"]) == ("call them: now", "as agreed")
    assert {text for name, text in said.lines.items() if name != "happened"} == {""}
    assert words.said(words.written("x", None), "en").lines["happened"] == ""


def test_facts_are_kept_as_messages_have_them_and_no_more_than_sentences_need() -> None:
    kept = words.of_lines(account_facts(context().account), LINES)
    assert set(kept["facts"]) == {"account", "task"}
    said = words.said(kept, "en")
    assert said.title == f"Aozora: {said.about}"
