"""Questions, and what was answered: the newest of each holds."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import Refused
from services.trigger.process.talk import questions
from tests.unit.trigger.process.cases import ask, context, deal

OPEN = context()


def answer(question: str, **more: Any) -> dict[str, Any]:
    return {"type": "answer", "question": question, "text": "Yes.", "said_by": "c1", **more}


def test_the_newest_holds() -> None:
    first = ask(deal(), answer("discovery.1"), OPEN)
    assert isinstance(first, Appended)
    second = ask(first.state, answer("discovery.1", text="No."), OPEN)
    assert isinstance(second, Appended)
    given = questions.answers(second.state)
    assert {key: one["text"] for key, one in given.items()} == {"discovery.1": "No."}
    (one,) = questions.shown(["discovery.1"], second.state, OPEN)
    assert (one["key"], one["answer"]["said_by"]) == ("discovery.1", "c1")


def test_the_future_has_a_horizon() -> None:
    needs = [{"feature": "sso"}]
    for question, months in (("conversation.2.2", 12), ("discovery.1", None)):
        found = ask(deal(), answer(question, needs=needs), OPEN)
        assert isinstance(found, Appended)
        assert found.entries[0].body["needs"][0].get("horizon_months") == months


def test_only_questions_and_needs_that_there_are() -> None:
    unknown = ask(deal(), answer("discovery.9"), OPEN)
    assert isinstance(unknown, Refused)
    assert (unknown.status, unknown.faults[0].path) == (422, "/question")
    feature = ask(deal(), answer("discovery.1", needs=[{"feature": "x"}, {"meter": "y"}]), OPEN)
    assert isinstance(feature, Refused)
    assert [one.path for one in feature.faults] == ["/needs/0/feature", "/needs/1/meter"]
    with pytest.raises(ValidationError, match="must name a feature or a meter"):
        ask(deal(), answer("discovery.1", needs=[{}]), OPEN)


def test_every_question_is_in_both_languages() -> None:
    for key in questions.QUESTIONS:
        both = {questions.text(key, deal(), context_in) for context_in in _languages()}
        assert len(both) == 2, key


def _languages() -> list[Any]:
    return [replace(OPEN, language=one) for one in ("ja", "en")]
