"""A chart's drawing is markup, its texts are not."""

from services.console.charts.figure import Column, Figure


def test_what_is_drawn_is_markup() -> None:
    figure = Figure("usage", "Full.", "n = 1", "<path/>", [Column("At")], [[("x", "x")]])
    assert figure.drawing.__html__() == "<path/>"
