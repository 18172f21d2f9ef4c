"""A message as a mail: subject, text and HTML with the same words in the same order."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import UnsetType

from shared.messages import Facts, Kind, MessageClass
from shared.messages.facts import BrandFacts, SenderFacts
from shared.values.characters import one_line
from shared.values.colors import edge_of, text_on
from shared.wording.catalogue import sentence
from shared.wording.facts import for_reader
from shared.wording.kinds import text_of
from shared.wording.language import Language, language
from shared.wording.layout import Layout, lay_out
from shared.wording.letter import letter, rendered

SUBJECT_LONGEST = 150
COLUMNS = 78
"""The longest line of the text part, if it can be broken at a space."""
BLUE = "#0b57d0"
"""The button's colour, unless the catalogue's brand has its own."""


@dataclass(frozen=True, slots=True)
class MailText:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    logo: str | None


@dataclass(frozen=True, slots=True)
class Colors:
    """The button's text colour, the only one that a mail sets: dark mode may choose all others."""

    button: str
    text: str
    edge: str


@dataclass(frozen=True, slots=True)
class Mail:
    """What the two templates lay out. Empty parts are omitted."""

    lang: Language
    subject: str
    brand: Brand | None
    colors: Colors
    preheader: str
    greeting: str
    account: str
    as_of: str
    parts: Layout
    options_heading: str
    usage: Link | None
    button: Link | None
    why: str
    sender: tuple[str, ...]
    refuse: Link | None
    answer: tuple[str, tuple[Link, ...]] | None = None
    """A question, and its answers as links."""


@dataclass(frozen=True, slots=True)
class OfferLinks:
    """Of a mail with an offer. `answer`: where to say whether it helped; `to`: an address by way
    of us, so that the first click is noted (R-214).
    """

    answer: str | None = None
    to: Callable[[str], str] = str


def mail_text(
    kind: Kind,
    cls: MessageClass,
    facts: Facts,
    contact_name: str,
    role: str,
    locale: str,
    unsubscribe_url: str | None = None,
    as_of: datetime | None = None,
    links: OfferLinks | None = None,
) -> MailText:
    """For one reader. Only mails with an offer contain the sender, `unsubscribe_url` and `links`.

    `as_of`: when the figures were read, if the mail is sent so much later that it must say so.
    """
    if facts.letter is not None:
        return _letter(facts, contact_name, locale, unsubscribe_url)
    mail = compose(
        kind,
        for_reader(facts, kind, role),
        contact_name,
        role,
        locale,
        unsubscribe_url,
        as_of,
        links or OfferLinks(),
    )
    text, html = (
        _templates().get_template(name).render(mail=mail)
        for name in ("mail.txt.j2", "mail.html.j2")
    )
    return MailText(mail.subject, wrapped(text) if mail.lang == "en" else text, html)


def _letter(facts: Facts, contact_name: str, locale: str, unsubscribe_url: str | None) -> MailText:
    found = letter(facts, contact_name, locale, unsubscribe_url, _sender(facts.sender, locale))
    return MailText(header_safe(found.subject), *rendered(_templates(), found))


def compose(
    kind: Kind,
    facts: Facts,
    contact_name: str,
    role: str,
    locale: str,
    unsubscribe_url: str | None,
    as_of: datetime | None,
    links: OfferLinks,
) -> Mail:
    brand = _brand(facts.brand, locale)
    known = {"account": facts.account.name, "product": brand and brand.name}

    def say(key: str, **variables: Any) -> str:
        return sentence(key, known | variables, locale)

    parts = lay_out(kind, facts, role, "email", locale)
    links = links if parts.offer else OfferLinks()
    usage = _link(say("mail.usage"), facts.links.usage and links.to(facts.links.usage))
    action = parts.action and Link(parts.action.label, links.to(parts.action.url))
    return Mail(
        lang=language(locale),
        subject=header_safe(say("mail.subject", title=parts.title)),
        brand=brand,
        colors=_colors(facts.brand),
        preheader=_preheader(parts, locale),
        greeting=say("mail.greeting", contact=contact_name),
        account=say("mail.account"),
        as_of=_dated(as_of, facts, locale) if as_of and parts.amounts else "",
        parts=parts,
        options_heading=say("mail.options"),
        usage=usage if action else None,
        button=action or usage,
        why=say(_why(kind, brand)),
        sender=_sender(facts.sender, locale) if parts.offer else (),
        refuse=_link(say("mail.refuse"), unsubscribe_url) if parts.offer else None,
        answer=_answer(links.answer, locale),
    )


def _dated(as_of: datetime, facts: Facts, locale: str) -> str:
    said = {"moment": as_of.isoformat(), "time_zone": facts.account.time_zone}
    return sentence("mail.as_of", said, locale)


def _answer(url: str | None, locale: str) -> tuple[str, tuple[Link, ...]] | None:
    if url is None:
        return None
    answers = (sentence(f"feedback.{one}", {}, locale) for one in ("helpful", "unwanted"))
    return sentence("feedback.ask", {}, locale), tuple(Link(one, url) for one in answers)


def _preheader(parts: Layout, locale: str) -> str:
    """The preview shown next to the subject, which says how much is used."""
    lines = (
        (parts.sentence, parts.consequence, parts.reset)
        if parts.options
        else parts.offer[:1] or (parts.amounts,)
    )
    return ("" if language(locale) == "ja" else " ").join(line for line in lines if line)


def _why(kind: Kind, brand: Brand | None) -> str:
    if kind == "upgrade.proposal":
        return "mail.why.proposal"
    return "mail.why.brand" if brand else "mail.why"


def _brand(facts: BrandFacts | None, locale: str) -> Brand | None:
    return (
        None
        if facts is None
        else Brand(text_of({"en": facts.name.en, "ja": facts.name.ja}, locale), facts.logo)
    )


def _colors(brand: BrandFacts | None) -> Colors:
    button = (brand and brand.color) or BLUE
    return Colors(button, text_on(button), edge_of(button))


def wrapped(text: str) -> str:
    """Lines of at most 78 columns if the words allow it; list items stay indented."""
    return "\n".join(_wrapped_line(line) for line in text.split("\n"))


def _wrapped_line(line: str) -> str:
    if len(line) <= COLUMNS:
        return line
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def header_safe(text: str) -> str:
    """One line without control characters, short enough for a subject: a name in it cannot inject a
    header.
    """
    line = one_line(text).strip(" ")
    return line if len(line) <= SUBJECT_LONGEST else f"{line[: SUBJECT_LONGEST - 1]}…"


def _link(label: str, url: str | None) -> Link | None:
    return Link(label, url) if url else None


def _sender(sender: SenderFacts | UnsetType | None, locale: str) -> tuple[str, ...]:
    if not isinstance(sender, SenderFacts):
        return ()
    parts = (("sender", sender.name), ("address", sender.address), ("contact", sender.contact))
    return tuple(sentence(f"mail.{name}", {name: given}, locale) for name, given in parts)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("shared.wording"),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
