"""What keeps an opportunity from a stage, and on which of its tabs that is mended. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.console.addresses import of

EARLY = ("identified", "needs_discovery", "nurture", "disqualified")
WAY = ("qualified", "engaged", "proposal", "negotiation")
_TABS: Mapping[str, str] = {
    "discovery_incomplete": "conversation",
    "no_answer": "conversation",
    "not_qualified": "conversation",
    "handoff_not_accepted": "handoff",
    "no_approver": "quote",
    "use_propose": "quote",
    "discount_unapproved": "quote",
    "no_price": "quote",
}
"""Code of a reason -> the tab."""
_MANY = "discovery_incomplete"
"""Said once, however many questions are open: the tab shows which."""


def hindrances(reasons: Sequence[str], id: str, here: str = "") -> list[dict[str, str]]:
    """`reasons`: as the API gives them, each begins with its code. `tab` and its `page` are empty
    if nothing can be done, or it is done `here`.
    """
    found: dict[str, dict[str, str]] = {}
    for reason in reasons:
        code = reason.split(":", 1)[0]
        tab = "" if (named := _TABS.get(code, "")) == here else named
        page = of("opportunities", id, tab) if tab else ""
        said = {"code": code, "text": reason, "tab": tab, "page": page}
        found.setdefault(code if code == _MANY else reason, said)
    return list(found.values())


def ahead(stage: str, others: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of these moves those that lead further on the way, the next one first."""
    left = WAY if stage in EARLY else WAY[WAY.index(stage) + 1 :] if stage in WAY else ()
    moves = [one for one in others if one["to"] in left]
    return sorted(moves, key=lambda one: left.index(one["to"]))
