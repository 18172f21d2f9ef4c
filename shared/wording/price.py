"""The price of a step, with the difference from the current one: `$500 a month ($451 more)`,
`月額3,000円(差額 +2,000円)`.
"""

from shared.messages.facts import PriceStepFacts
from shared.wording.catalogue import sentence
from shared.wording.language import language


def price_text(step: PriceStepFacts, locale: str) -> str:
    price, difference = _price(step, locale), _difference(step, locale)
    if not difference:
        return price
    return f"{price}({difference})" if language(locale) == "ja" else f"{price} ({difference})"


def bracketed(step: PriceStepFacts, locale: str) -> str:
    """The same after a sentence, in one pair of brackets."""
    japanese = language(locale) == "ja"
    said = ("、" if japanese else ", ").join(
        part for part in (_price(step, locale), _difference(step, locale)) if part
    )
    return f"({said})" if japanese else f" ({said})"


def _price(step: PriceStepFacts, locale: str) -> str:
    amount = {"amount": step.price, "currency": step.currency}
    return sentence(f"proposal.price.{step.interval}", {"price": amount}, locale)


def _difference(step: PriceStepFacts, locale: str) -> str:
    difference = step.difference
    if difference is None:
        return ""
    if not difference:
        return sentence("proposal.price.same", {}, locale)
    key = "proposal.price.more" if difference > 0 else "proposal.price.less"
    return sentence(key, {"diff": {"amount": abs(difference), "currency": step.currency}}, locale)
