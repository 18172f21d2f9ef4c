"""A letter says what was written, in paragraphs, and nothing of it is markup or a header."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.facts import LetterFacts
from shared.wording.letter import paragraphs, worded
from shared.wording.mail import MailText
from tests.support.texts import mail_text
from tests.support.told import SENDER
from tests.unit.notifier.samples import facts


def sent(subject: Any, *body: Any, unsubscribe: str | None = None, locale: str = "en") -> MailText:
    told = facts(meter=None, letter={"subject": subject, "body": list(body)}, sender=SENDER)
    return mail_text("person.message", "notice", told, "Sato", "member", locale, unsubscribe)


def test_the_words_are_those_that_were_written() -> None:
    found = sent("Friday's call", "Hello Sato,\r\n\r\nas promised:\n  - one\n  - two\n\n\n\nKato")
    assert found.subject == "Friday's call"
    assert found.text == "Hello Sato,\n\nas promised:\n  - one\n  - two\n\nKato\n"
    assert "<p>Hello Sato,</p>\n<p>as promised:<br>\n  - one<br>\n  - two</p>" in found.html
    assert "Aozora" not in found.text + found.html, "no account, no plan, no greeting of ours"


def test_markup_is_text() -> None:
    found = sent("<b>&", "<script>alert(1)</script> {{ mail }} & \"'")
    assert "<script" not in found.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ mail }} &amp;" in found.html
    assert "<script>alert(1)</script> {{ mail }}" in found.text
    assert "<title>&lt;b&gt;&amp;</title>" in found.html


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x0b", "\x85", "\u2028"])
def test_a_subject_is_one_line(end: str) -> None:
    found = sent(f"Hello{end}Bcc: evil@x.example", "Text")
    assert found.subject.replace("  ", " ") == "Hello Bcc: evil@x.example"


def test_only_what_offers_something_says_who_sends_it_and_how_to_refuse() -> None:
    plain, offer = sent("A", "Text"), sent("A", "Text", unsubscribe="https://u.example.com/x")
    assert "--" not in plain.text
    assert SENDER["address"] in offer.text
    assert "https://u.example.com/x" in offer.text
    assert 'href="https://u.example.com/x"' in offer.html
    assert SENDER["address"] in offer.html


def test_a_sentence_is_in_the_reader_s_language_and_names_them() -> None:
    said = {"key": "mail.greeting", "variables": {}}
    assert sent(said, said, locale="ja-JP").text == "Sato 様\n"
    assert sent(said, said, locale="en-GB").text == "Hello Sato,\n"
    assert worded("as it is {contact}", "Sato", "ja") == "as it is {contact}"


@given(st.lists(st.text(), max_size=4))
def test_any_text_is_lines_of_paragraphs(texts: list[str]) -> None:
    found = paragraphs(LetterFacts("A", tuple(texts)), "Sato", "en")
    assert all(lines and any(line.strip() for line in lines) for lines in found)
    assert all("\n" not in line and "\r" not in line for lines in found for line in lines)
    mail = sent("A", *texts)
    assert "<script" not in mail.html
