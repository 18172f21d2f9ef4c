"""A tree of texts as one HTML file."""

from typing import Any

import pytest

from shared.wording.document import (
    ACCENT,
    LONGEST,
    Document,
    Figure,
    Figures,
    Items,
    Line,
    Link,
    Links,
    Note,
    Section,
    Table,
    html,
    row,
    typed,
)


def made(*parts: Any, **more: Any) -> Document:
    return Document("en-US", "Title", (Figure("Account", "A & B"),), (Section("S", parts),), **more)


def test_each_part_has_its_tags() -> None:
    text = html(
        made(
            Line("One."),
            Note("Small."),
            Figures((Figure("Cost", "$1"),)),
            Items(("a", "b"), numbered=True),
            Items(("c",)),
            Table(("What", "How"), (row("x", "1", marked=True), row("y", "2", total=True)), (1,)),
            Links((Link("Case", "https://www.example.com/a?b=1&c=2", "Why"),)),
        )
    )
    for wanted in (
        '<p class="typed">One.</p>',
        '<p class="note">Small.</p>',
        '<span class="value">$1</span>',
        "<ol>",
        "<ul>",
        '<th scope="col" class="number">How</th>',
        '<tr class="marked"><th scope="row">x</th><td class="number">1</td></tr>',
        '<tr class="total"><th scope="row">y</th>',
        '<a href="https://www.example.com/a?b=1&amp;c=2" rel="noreferrer">Case</a><p>Why</p>',
        "<title>Title – A &amp; B</title>",
    ):
        assert wanted in text


def test_only_addresses_of_the_web_can_be_opened() -> None:
    text = html(made(Links((Link("Inside", "/docs"), Link("Bad", "javascript:alert(1)")))))
    assert "href" not in text
    assert "<li>Bad</li>" in text


@pytest.mark.parametrize(
    ("color", "wanted"), [(None, ACCENT), ("#ffff00", ACCENT), ("#0f766e", "#0f766e")]
)
def test_the_brands_colour_if_it_can_be_read(color: str | None, wanted: str) -> None:
    found = made(brand="Aozora", color=color)
    assert found.accent == wanted
    assert '<p class="brand">Aozora</p>' in html(found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("one\r\ntwo", "one\ntwo"),
        ("a\u202eb", "ab"),
        ("\u05d0", "\u2068\u05d0\u2069"),
        ("a\x07b", "a b"),
    ],
)
def test_a_typed_text_keeps_its_lines_and_its_direction(text: str, wanted: str) -> None:
    assert typed(text) == wanted


def test_a_typed_text_has_an_end() -> None:
    assert typed("x" * LONGEST) == "x" * LONGEST
    assert typed("x" * 10_000) == "x" * (LONGEST - 1) + "…"
