"""The proposal block: the sentences, the benefit and price of the next plan (or an add-on), the
assumptions (R-030..R-034, R-110..R-114).

A benefit always precedes a price, and there is no price without one (R-110).
"""

from dataclasses import dataclass
from typing import Any, Literal

from shared.messages import Facts
from shared.messages.facts import PriceStepFacts, ProposalFacts, SaidFacts
from shared.wording.catalogue import sentence
from shared.wording.price import bracketed, price_text
from shared.wording.texts import proposals, usage, value

Channel = Literal["in_app", "email"]

_VALUE = frozenset({value.IN_APP, value.IN_MAIL, "roi.usd"})
_ELSEWHERE: dict[Channel, str] = {"in_app": value.IN_MAIL, "email": value.IN_APP}
_USAGE = frozenset({usage.REACHED, usage.NEAR, usage.REACHED_BESIDE})


@dataclass(frozen=True, slots=True)
class Offer:
    """`lines` in order; `label` and `url` of the button, `url` None if the reader has to talk to a
    person.

    `tells_level`: whether one of the lines says which threshold was reached.
    """

    title: str
    lines: tuple[str, ...]
    tells_level: bool
    assumed: str
    label: str
    url: str | None


def offer(facts: Facts, channel: Channel, locale: str) -> Offer | None:
    """None if this reader gets no offer (`Facts.for_reader`)."""
    proposal = facts.proposal
    if proposal is None:
        return None
    said = _sentences(facts, proposal, channel)
    lines = [
        _ended(sentence(one.key, {**_common(facts, proposal), **one.variables}, locale), locale)
        for one in said
    ]
    benefit = _benefit(facts, proposal, locale)
    if step := _price_step(proposal):
        if benefit:
            benefit = f"{benefit}{bracketed(step, locale)}"
        elif any(one.key in _VALUE for one in said):
            lines.append(
                sentence(
                    "proposal.costs",
                    {**_common(facts, proposal), "cost": price_text(step, locale)},
                    locale,
                )
            )
    url = facts.links.upgrade if proposal.self_serve else None
    return Offer(
        title=sentence(f"proposal.title{_kind(proposal)}", _common(facts, proposal), locale),
        lines=tuple(
            [
                *lines,
                *([_ended(benefit, locale)] if benefit else []),
                *_person(facts, proposal, url, locale),
            ]
        ),
        tells_level=any(one.key in _USAGE for one in said),
        assumed=_assumed(proposal, locale),
        label=sentence(f"proposal.action{_kind(proposal)}", _common(facts, proposal), locale),
        url=url,
    )


def _kind(proposal: ProposalFacts) -> str:
    return "" if proposal.add_on is None else ".add_on"


def _sentences(facts: Facts, proposal: ProposalFacts, channel: Channel) -> list[SaidFacts]:
    """The threshold's sentence first, unless trigger chose one; of two with the same sum, the one
    for this channel.
    """
    said = list(proposal.sentences)
    keys = {one.key for one in said}
    if not keys & _USAGE and (key := _usage_key(facts, proposal)):
        said.insert(0, SaidFacts(key))
    both = {value.IN_APP, value.IN_MAIL} <= keys
    return [one for one in said if not (both and one.key == _ELSEWHERE[channel])]


def _usage_key(facts: Facts, proposal: ProposalFacts) -> str | None:
    """Only from 95 to below 100 is the limit still ahead (R-030..R-032)."""
    if facts.meter is None or facts.level is None:
        return None
    if proposal.add_on is not None:
        return usage.REACHED_BESIDE
    return usage.NEAR if isinstance(facts.level, int) and 95 <= facts.level < 100 else usage.REACHED


def _common(facts: Facts, proposal: ProposalFacts) -> dict[str, Any]:
    """Variables that a sentence may leave to the message's facts."""
    meter = {"meter": facts.meter.variable, "threshold": facts.level} if facts.meter else {}
    plan = (
        {"plan": {"en": proposal.plan.name.en, "ja": proposal.plan.name.ja}}
        if proposal.plan
        else {}
    )
    item = {"item": proposal.add_on.variable} if proposal.add_on else {}
    return {**plan, **item, "limit": proposal.limit, **meter, "time_zone": facts.account.time_zone}


def _benefit(facts: Facts, proposal: ProposalFacts, locale: str) -> str:
    """What the offer adds to the meter that runs short (R-034); empty if it adds nothing."""
    if facts.meter is None or facts.limit is None:
        return ""
    variables = {**_common(facts, proposal), "limit": facts.limit, "to": proposal.limit}
    if proposal.limit is None:
        return sentence("proposal.unlimited", variables, locale)
    key = "proposal.limit" if proposal.add_on is None else "add_on.gives"
    return sentence(key, variables, locale) if proposal.limit > facts.limit else ""


def _price_step(proposal: ProposalFacts) -> PriceStepFacts | None:
    """Monthly if the message has no step but a monthly price; None for a price that is quoted
    individually.
    """
    if proposal.price_step is not None:
        return proposal.price_step
    if proposal.plan is None:
        return None
    price, currency = proposal.plan.price, proposal.plan.currency
    if price is not None and price.month is not None:
        return PriceStepFacts(interval="month", price=price.month, currency=currency)
    if price is not None and price.year is not None:
        return PriceStepFacts(interval="year", price=price.year, currency=currency)
    return None


def _ended(line: str, locale: str) -> str:
    """Ends the line with a full stop, which the prescribed sentences lack."""
    return (
        line
        if line.endswith((".", "。", "?", "!", "…"))
        else f"{line}{'。' if locale[:2].lower() == 'ja' else '.'}"
    )


def _person(facts: Facts, proposal: ProposalFacts, url: str | None, locale: str) -> list[str]:
    """The person to talk to, if the offer is not self-serve (R-005, BP-16)."""
    if url is not None or proposal.self_serve or facts.owner is None:
        return []
    return [
        sentence(
            "proposal.person",
            {"person": {"name": facts.owner.name, "email": facts.owner.email}},
            locale,
        )
    ]


def _assumed(proposal: ProposalFacts, locale: str) -> str:
    names = proposal.value.assumed if proposal.value else ()
    if not names:
        return ""
    inputs = [
        proposals.INPUTS[name].say({}, locale) if name in proposals.INPUTS else name
        for name in names
    ]
    return sentence("value.basis", {"inputs": inputs}, locale)
