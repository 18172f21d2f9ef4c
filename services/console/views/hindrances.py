"""What keeps an opportunity from a stage, and by which form that is mended. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.console.addresses import address, of

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
_FORMS: Mapping[str, str] = {
    "no_answer": "answer-discovery.1",
    "handoff_not_accepted": "ask_sales",
    "no_approver": "plan",
    "use_propose": "propose",
}
"""Code of a reason -> the form of that tab, if it is one."""
_PROPOSE = "use_propose"
_FIGURES = "roi_articulated"
_MANY = "discovery_incomplete"
"""Said once, however many questions are open: the tab shows which."""


def hindrances(
    reasons: Sequence[str],
    id: str,
    here: str = "",
    qualification: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """`reasons`: as the API gives them, each begins with its code. `tab` and its `page` are empty
    if nothing can be done, or it is done `here`. `open`: the criteria that are not met, each with
    the page of its form.
    """
    found: dict[str, dict[str, Any]] = {}
    for reason in reasons:
        code, _, what = reason.partition(":")
        tab = "" if (named := _TABS.get(code, "")) == here else named
        page = _form(id, tab, _form_of(code, what.strip())) if tab else ""
        said: dict[str, Any] = {"code": code, "text": reason, "tab": tab, "page": page, "open": []}
        if code == "not_qualified":
            said["open"] = _open(qualification, id)
        found.setdefault(code if code == _MANY else reason, said)
    return list(found.values())


def form_of_move(id: str, to: str) -> str:
    """Nobody moves to `proposal`: proposing leads there. Empty: the move needs no other form."""
    return _form(id, _TABS[_PROPOSE], _FORMS[_PROPOSE]) if to == "proposal" else ""


def _form_of(code: str, what: str) -> str:
    """The first question that is open, else what the code is mended by."""
    return f"answer-{what}" if code == _MANY else _FORMS.get(code, "")


def _form(id: str, tab: str, form: str) -> str:
    """The address of a tab on which this form stands open."""
    page = of("opportunities", id, tab)
    return address(page, act=form) + f"#act-{form}" if form else page


def _open(qualification: Mapping[str, Any] | None, id: str) -> list[dict[str, str]]:
    """What speaks against it first, then what is not known."""
    criteria = (qualification or {"criteria": ()})["criteria"]
    left = [one for one in criteria if one["verdict"] != "yes"]
    return [
        {"criterion": one["criterion"], "verdict": one["verdict"], "page": _settled(one, id)}
        for one in sorted(left, key=lambda one: one["verdict"])
    ]


def _settled(criterion: Mapping[str, Any], id: str) -> str:
    """Where it is settled. Figures are worked out in the business case."""
    name = criterion["criterion"]
    if name == _FIGURES and criterion["verdict"] == "unknown":
        return of("opportunities", id, "case") + "#calculator"
    return _form(id, "conversation", f"criterion-{name}")


def ahead(stage: str, others: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of these moves those that lead further on the way, the next one first."""
    left = WAY if stage in EARLY else WAY[WAY.index(stage) + 1 :] if stage in WAY else ()
    moves = [one for one in others if one["to"] in left]
    return sorted(moves, key=lambda one: left.index(one["to"]))
