"""Text and buttons are readable on any brand colour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values.colors import contrast, edge_of, text_on

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colors)
def test_the_text_on_a_button_can_be_read_on_every_colour(color: str) -> None:
    assert contrast(color, text_on(color)) >= 4.5


@given(colors)
def test_the_edge_of_a_button_can_be_seen_on_a_light_and_on_a_dark_page(color: str) -> None:
    assert min(contrast(edge_of(color), page) for page in ("#ffffff", "#121212")) >= 1.5


@pytest.mark.parametrize(
    ("color", "text", "edge"),
    [
        ("#0b57d0", "#ffffff", "#0b57d0"),
        ("#ffcc00", "#000000", "#ffcc00"),
        ("#ffffff", "#000000", "#767676"),
        ("#000000", "#ffffff", "#767676"),
        ("#0f766e", "#ffffff", "#0f766e"),
    ],
)
def test_known_colours(color: str, text: str, edge: str) -> None:
    assert (text_on(color), edge_of(color)) == (text, edge)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
