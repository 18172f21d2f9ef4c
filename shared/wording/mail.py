"""A message as a mail: subject, text and HTML with the same words.

The notice stands first, the offer after it (16 CFR 316.3).
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.messages import Kind, MessageClass
from shared.wording.catalogue import sentence
from shared.wording.facts import Facts, SenderFacts, read_facts
from shared.wording.inbox import title
from shared.wording.language import Language, language
from shared.wording.notice import notice
from shared.wording.proposal import offer

SUBJECT_LONGEST = 150
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


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
class Mail:
    """What the two templates lay out. Empty parts are left out."""

    lang: Language
    subject: str
    title: str
    greeting: str
    account: str
    facts: tuple[str, ...]
    options_heading: str
    options: tuple[str, ...]
    bullet: str
    usage: Link | None
    offer: tuple[str, ...]
    action: Link | None
    assumed: str
    why: str
    sender: tuple[str, ...]
    refuse: Link | None


def mail_text(
    kind: Kind,
    cls: MessageClass,
    facts: dict[str, Any],
    contact_name: str,
    role: str,
    locale: str,
    unsubscribe_url: str | None = None,
) -> MailText:
    """For one reader. Sender and `unsubscribe_url` stand in mails that offer something, and in no other."""
    mail = compose(kind, read_facts(facts).for_reader(kind, role), contact_name, role, locale, unsubscribe_url)
    text, html = (_templates().get_template(name).render(mail=mail) for name in ("mail.txt.j2", "mail.html.j2"))
    return MailText(mail.subject, text, html)


def compose(kind: Kind, facts: Facts, contact_name: str, role: str, locale: str, unsubscribe_url: str | None) -> Mail:
    def say(key: str, **variables: Any) -> str:
        return sentence(key, variables, locale)

    usage = notice(kind, facts, role, locale) if facts.meter else None
    offered = offer(facts, "email", locale)
    about = title(kind, usage, offered, facts, locale)
    spoken = language(locale)
    alone = kind == "upgrade.proposal"
    return Mail(
        lang=spoken,
        subject=header_safe(say("mail.subject", title=about, account=facts.account.name)),
        title=about,
        greeting=say("mail.greeting", contact=contact_name),
        account=say("mail.account", account=facts.account.name),
        facts=() if usage is None else (usage.amounts,) if alone else usage.lines,
        options_heading=say("mail.options"),
        options=() if usage is None or alone else usage.options,
        bullet="・" if spoken == "ja" else "- ",
        usage=_link(say("mail.usage"), facts.links.usage),
        offer=offered.lines if offered else (),
        action=_link(offered.label, offered.url) if offered else None,
        assumed=offered.assumed if offered else "",
        why=say("mail.why.proposal" if alone else "mail.why", account=facts.account.name),
        sender=_sender(facts.sender, locale) if offered and facts.sender else (),
        refuse=_link(say("mail.refuse"), unsubscribe_url) if offered else None,
    )


def header_safe(text: str) -> str:
    """One line without control characters, short enough for a subject: a name in it cannot start a header of its own."""
    line = _CONTROLS.sub(" ", text).strip(" ")
    return line if len(line) <= SUBJECT_LONGEST else f"{line[: SUBJECT_LONGEST - 1]}…"


def _link(label: str, url: str | None) -> Link | None:
    return Link(label, url) if url else None


def _sender(sender: SenderFacts, locale: str) -> tuple[str, ...]:
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
