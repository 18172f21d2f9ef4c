import pytest

from services.console.views.login import Notice, Said, lines, view


@pytest.mark.parametrize(
    ("text", "wanted"), [("", 1), ("a", 1), ("a\nb\nc", 3), ("a" * 200, 3), ("a\n" * 40, 12)]
)
def test_a_field_is_as_tall_as_its_text_up_to_twelve_lines(text: str, wanted: int) -> None:
    assert lines(text) == wanted


def test_a_page_says_one_thing() -> None:
    notice = Notice("title", [Said("away")])
    assert view(notice)["notice"] is notice
