"""Facts as one reader is told them, and only with what is safe to show."""

import msgspec

from shared.messages import Facts, Kind
from shared.messages.facts import BrandFacts, LinkFacts
from shared.values.colors import COLOR
from shared.values.roles import BUYERS


def for_reader(facts: Facts, kind: Kind, role: str) -> Facts:
    """The facts for this reader: a reader who may not buy gets no offer and no link to buy."""
    shown = safe(facts)
    if role in BUYERS and (shown.proposal is not None or kind == "upgrade.proposal"):
        return shown
    return msgspec.structs.replace(shown, proposal=None, links=LinkFacts(usage=shown.links.usage))


def safe(facts: Facts) -> Facts:
    """Only http and https URLs are clickable, and only what looks like a brand reaches a mail."""
    links = LinkFacts(_web_address(facts.links.upgrade), _web_address(facts.links.usage))
    return msgspec.structs.replace(facts, links=links, brand=facts.brand and _safe(facts.brand))


def _web_address(url: str | None) -> str | None:
    return url if url and url.startswith(("https://", "http://")) else None


def _safe(brand: BrandFacts) -> BrandFacts:
    """Only a logo with an https URL and a six-digit colour."""
    logo = brand.logo if brand.logo and brand.logo.startswith("https://") else None
    return BrandFacts(
        brand.name, logo, brand.color if brand.color and COLOR.fullmatch(brand.color) else None
    )
