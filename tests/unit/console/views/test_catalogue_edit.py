"""The text of a catalogue with its faults beside it."""

from typing import Any

from services.console.views import catalogue_edit
from tests.support.catalogs import FOLDER

TEXT = (FOLDER / "global.yaml").read_text()


def test_lines_end_as_a_catalogue_wants_them() -> None:
    assert catalogue_edit.normal("a\r\nb\rc\n") == "a\nb\nc\n"


def test_faults_and_warnings_in_the_order_of_lines() -> None:
    one: dict[str, Any] = {"path": "/a", "reason": "x"}
    answer = {
        "warnings": [{**one, "line": 3, "column": 1}],
        "errors": [{**one, "line": 9, "column": 2}, one],
    }
    found = catalogue_edit.marks(answer)
    assert [(mark["kind"], mark["line"]) for mark in found] == [
        ("fault", 1),
        ("warning", 3),
        ("fault", 9),
    ]
    assert catalogue_edit.marks(None) == []
    shown = catalogue_edit.view("a\nb", 2, answer, None, may_write=True)
    assert (shown["lines"], shown["faults"], shown["warnings"]) == (2, 2, 1)
    assert (shown["checked"], shown["table"]) == (True, None)


def test_a_valid_text_has_a_preview() -> None:
    found = catalogue_edit.preview(TEXT, "en")
    assert found is not None
    assert found["table"].plans[0] == ("starter", "Starter")
    assert catalogue_edit.preview("currency: USD\n", "en") is None
    large = TEXT + "#" * catalogue_edit.MOST_PREVIEWED
    assert catalogue_edit.preview(large, "en") is None
    assert catalogue_edit.view(large, 1, {}, None, may_write=True)["is_large"] is True


def test_what_somebody_else_applied_is_merged() -> None:
    mine = TEXT.replace("month: 49", "month: 59")
    theirs = TEXT.replace("month: 1750", "month: 1800")
    found = catalogue_edit.stale(3, (TEXT, mine, theirs), None, None, "en")
    assert ("month: 59" in found["text"], "month: 1800" in found["text"]) == (True, True)
    assert (found["conflicts"], found["changed"], found["version"]) == ((), None, 3)


def test_the_question_says_what_changes() -> None:
    affected = {"accounts": 7, "at_once": 7, "plans": [], "meters": []}
    changes = {
        "same": False,
        "groups": [],
        "others": {"total": 1, "changes": [{"path": "/x", "before": 1, "after": 2}]},
        "affected": affected,
    }
    asked = catalogue_edit.question({"changes": changes}, None, "en")
    assert (asked["affected"], asked["others_total"]) == (affected, 1)
