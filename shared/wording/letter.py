"""What one of our people writes, as a mail: their own words, or sentences in the reader's language.

Nothing is added but, to what offers something, who sends it and how to refuse.
"""

import re
from dataclasses import dataclass

from jinja2 import Environment

from shared.messages import Facts
from shared.messages.facts import LetterFacts, Worded
from shared.values.characters import one_line
from shared.wording.catalogue import sentence
from shared.wording.language import Language, language

_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_APART = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Letter:
    """What the two templates lay out. `paragraphs`: each in lines. `foot`: of an offer."""

    lang: Language
    subject: str
    paragraphs: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...]
    refuse: tuple[str, str] | None


def letter(
    facts: Facts, contact_name: str, locale: str, unsubscribe_url: str | None, foot: tuple[str, ...]
) -> Letter:
    """ValueError if the facts hold no letter."""
    if facts.letter is None:
        raise ValueError("a letter needs its text")
    refuse = sentence("mail.refuse", {}, locale) if unsubscribe_url else ""
    return Letter(
        lang=language(locale),
        subject=worded(facts.letter.subject, contact_name, locale),
        paragraphs=paragraphs(facts.letter, contact_name, locale),
        foot=foot if unsubscribe_url else (),
        refuse=(refuse, unsubscribe_url) if unsubscribe_url else None,
    )


def paragraphs(written: LetterFacts, contact_name: str, locale: str) -> tuple[tuple[str, ...], ...]:
    """Empty lines part paragraphs; all other lines stay as they were written."""
    texts = [_clean(worded(one, contact_name, locale)) for one in written.body]
    parts = [part for text in texts for part in _APART.split(text) if part.strip()]
    return tuple(tuple(part.strip("\n").split("\n")) for part in parts)


def _clean(text: str) -> str:
    """The same lines, without any other control character."""
    return "\n".join(one_line(line) for line in _LINE_END.split(text))


def worded(said: Worded, contact_name: str, locale: str) -> str:
    if isinstance(said, str):
        return said
    return sentence(said.key, {"contact": contact_name, **said.variables}, locale)


def rendered(templates: Environment, found: Letter) -> tuple[str, str]:
    """The text part, and HTML with the same words."""
    text, html = (
        templates.get_template(name).render(letter=found)
        for name in ("letter.txt.j2", "letter.html.j2")
    )
    return text, html
