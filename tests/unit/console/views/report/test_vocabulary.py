"""What codes are called, and sentences of few cases."""

import pytest

from services.console.views.report.findings import finding
from tests.unit.console.views.report import answers
from tests.unit.console.views.report.test_findings import named


def test_the_best_of_a_breakdown_is_named_by_its_words() -> None:
    found = answers.conversion(
        ("sales", 10, 7, 3, "above"), ("cs", 20, 8, 2, "in"), ("unknown", 2, 2, 0, "above")
    )
    assert finding("conversion", found, named(by="owner")).endswith("Best: Sales, 7 of 10 (70 %).")
    assert finding("conversion", found, named(by="plan")).endswith("Best: sales, 7 of 10 (70 %).")


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("stage", "engaged", "Engaged"),
        ("play", "nps_high", "high NPS"),
        ("play", "newer_than_words", ""),
        ("key", "unknown", "unknown"),
        ("plan", "unknown", ""),
        ("band", None, ""),
    ],
)
def test_a_code_has_a_word_in_its_column_only(column: str, value: object, word: str) -> None:
    assert named().word(column, value) == word
    assert named().of(column, value) == (word or str(value))


def test_ten_cases_are_no_longer_few() -> None:
    said = {"won": 1, "n": 2, "percent": 50, "band": "b"}
    assert "few cases" in named().counted("conversion", 9, **said)
    assert "50 %" in named().counted("conversion", 10, **said)
