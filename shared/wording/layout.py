"""A message in parts, for layout: what the inbox and the mail say, in the order in which a reader
needs it.

First how full it is, then which threshold was reached, what happens next, what can be done; an
offer comes only after all of that (16 CFR 316.3). Nothing is repeated.
"""

from dataclasses import dataclass

from shared.messages import Facts, Kind
from shared.wording.bar import Bar, bar
from shared.wording.catalogue import sentence
from shared.wording.kinds import text_of
from shared.wording.notice import Notice, notice
from shared.wording.proposal import Channel, Offer, offer
from shared.wording.severity import Severity, severity


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Empty parts are omitted. `consequence`: what the limit does; `reset`: when usage restarts.
    `assumed` follows the offer.
    """

    title: str
    severity: Severity
    amounts: str = ""
    bar: Bar | None = None
    sentence: str = ""
    consequence: str = ""
    reset: str = ""
    options: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    action: Action | None = None
    assumed: str = ""


def lay_out(kind: Kind, facts: Facts, role: str, channel: Channel, locale: str) -> Layout:
    """For one reader; `facts` are already reduced to what that reader may see
    (`Facts.for_reader`).
    """
    usage = notice(kind, facts, role, locale) if facts.meter else None
    offered = offer(facts, channel, locale)
    alone = kind == "upgrade.proposal"
    shown = None if alone else usage
    return Layout(
        title=_title(kind, usage, offered, facts, locale),
        severity="info"
        if kind in ("upgrade.proposal", "usage.resolved")
        else severity(facts.level, facts.limit),
        amounts=(usage.named if alone else usage.amounts) if usage else "",
        bar=None if kind == "feature.gated" else bar(facts, locale),
        sentence=shown.sentence
        if shown and not (offered and offered.tells_level and not facts.again)
        else "",
        consequence=shown.consequence if shown else "",
        reset=shown.reset if shown else "",
        options=shown.options if shown else (),
        offer=offered.lines if offered else (),
        action=Action(offered.label, offered.url) if offered and offered.url else None,
        assumed=offered.assumed if offered else "",
    )


def _title(
    kind: Kind, usage: Notice | None, offered: Offer | None, facts: Facts, locale: str
) -> str:
    """Factual: the meter and how full it is; for a proposal on its own, its plan.

    A reader who may no longer buy does not see the plan.
    """
    if kind == "upgrade.proposal":
        return offered.title if offered else sentence("proposal.hidden", {}, locale)
    return usage.title if usage else text_of(facts.account.name, locale)
