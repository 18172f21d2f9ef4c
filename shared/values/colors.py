"""Colours as `#rrggbb`, and which text is readable on them (WCAG 2.2, contrast ratio)."""

import re

COLOR = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"
_DARK = "#121212"
"""Close to what mail clients use in dark mode."""
_EDGE = 1.5


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(color: str) -> str:
    """White, or black if that is easier to read. The contrast is at least 4.5 either way."""
    return (
        WHITE
        if contrast(color, WHITE) >= 4.5
        else max(WHITE, BLACK, key=lambda text: contrast(color, text))
    )


def edge_of(color: str) -> str:
    """The colour itself, or grey if it barely stands out from a light or a dark page."""
    return "#767676" if min(contrast(color, WHITE), contrast(color, _DARK)) < _EDGE else color


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
