"""Names as they stand in a sentence: whatever they hold, they stay in their place."""

import pytest

from shared.values.characters import is_storable, shown


@pytest.mark.parametrize(
    "name",
    ["Aozora", "青空クラウド", "a\u3000b", "a\u00a0b", "\U0001f469\u200d\U0001f467", "Zoë", ""],
)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a\u2028b\u2029c", "a b c"),
        ("a\r\nb", "a b"),
        ("a\u202eb\u2066c\u202c", "abc"),
        ("\u05e9\u05dc\u05d5\u05dd 3", "\u2068\u05e9\u05dc\u05d5\u05dd 3\u2069"),
        ("a\u202e\u0646\u2069", "\u2068a\u0646\u2069"),
    ],
)
def test_no_name_begins_a_line_or_turns_the_words_around_it(name: str, line: str) -> None:
    assert shown(name) == line
    assert shown(line) == line, "it may be shown more than once"


def test_marks_of_direction_are_taken_at_the_doors_all_the_same() -> None:
    assert is_storable("a\u202eb")
