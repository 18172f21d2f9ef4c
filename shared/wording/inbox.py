"""A message in the in-app inbox: title, body, what can be done, how urgent."""

from dataclasses import dataclass
from typing import Any

from shared.messages import Kind, MessageClass
from shared.wording.catalogue import sentence
from shared.wording.facts import Facts, read_facts
from shared.wording.language import language
from shared.wording.notice import Notice, notice
from shared.wording.proposal import Offer, offer
from shared.wording.severity import Severity, severity


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class InboxText:
    """`body` holds everything, line by line; `consequence` and `options` are parts of it, for whoever lays them out differently."""

    title: str
    body: str
    action: Action | None
    severity: Severity
    consequence: str = ""
    options: tuple[str, ...] = ()
    usage_url: str | None = None


def inbox_text(kind: Kind, cls: MessageClass, facts: dict[str, Any], role: str, locale: str) -> InboxText:
    """For one reader. `facts` as in a message; a `proposal` in it is shown only to a role that may buy."""
    told = read_facts(facts).for_reader(kind, role)
    usage = notice(kind, told, role, locale) if told.meter else None
    offered = offer(told, "in_app", locale)
    return InboxText(
        title=title(kind, usage, offered, told, locale),
        body="\n\n".join(part for part in (_notice_part(kind, usage, locale), _offer_part(offered)) if part),
        action=Action(offered.label, offered.url) if offered and offered.url else None,
        severity="info" if kind in ("upgrade.proposal", "usage.resolved") else severity(told.level, told.limit),
        consequence=usage.consequence if usage else "",
        options=usage.options if usage else (),
        usage_url=told.links.usage,
    )


def title(kind: Kind, usage: Notice | None, offered: Offer | None, facts: Facts, locale: str) -> str:
    """Factual: the meter and how full it is; for a proposal that stands alone, the plan that it is about.

    Who may no longer buy is not told of the plan.
    """
    if kind == "upgrade.proposal":
        return offered.title if offered else sentence("proposal.hidden", {}, locale)
    return usage.title if usage else facts.account.name


def _notice_part(kind: Kind, usage: Notice | None, locale: str) -> str:
    if usage is None:
        return ""
    if kind == "upgrade.proposal":
        return usage.amounts
    bullet = "・" if language(locale) == "ja" else "- "
    return "\n".join([*usage.lines, *(f"{bullet}{option}" for option in usage.options)])


def _offer_part(offered: Offer | None) -> str:
    return "" if offered is None else "\n".join(line for line in (*offered.lines, offered.assumed) if line)
