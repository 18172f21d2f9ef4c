"""Title and five lines, as they are kept and as they are said."""

from services.trigger.alerts.notices import account_facts
from services.trigger.process.tasks import words
from shared.messages.facts import SaidFacts, TaskFacts
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


def test_a_sentence_of_another_version_leaves_the_others_readable() -> None:
    """A list that holds such a task still answers."""
    known = SaidFacts("signal.nps_high", {"score": 9})
    for unknown in (SaidFacts("signal.of_tomorrow", {"x": 1}), SaidFacts("signal.nps_high", {})):
        lines = TaskFacts(happened=(unknown, known), next_step=(unknown,))
        kept = words.of_lines(account_facts(context().account), lines)
        for locale, said in (("en", "cannot show it."), ("ja-JP", "表示できません。")):
            found = words.said(kept, locale)
            assert found.lines["next_step"].endswith(said)
            assert "9" in found.lines["happened"]
            assert said.rstrip(".。") in found.title
