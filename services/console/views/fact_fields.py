"""What is asked about each type of fact that a person can hear of: the fields of its form. Pure.

A test compares them with what the API takes, so that no type and no field is forgotten.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "amount",
    "area",
    "choice",
    "contact",
    "currency",
    "day",
    "feature",
    "flag",
    "meter",
    "number",
    "person",
    "plan",
    "several",
    "text",
]
"""`contact`: one of the account's; `person`: one of them, or any name."""


@dataclass(frozen=True, slots=True)
class FactField:
    """`name`: the API's; a part of an object is named with it, `activity.en`. `least`, `most`: of
    a number.
    """

    name: str
    kind: Kind
    required: bool = False
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    @property
    def input(self) -> str:
        """The name of its input: where it is in the event."""
        return f"data.{self.name}"


CRITERIA = ("satisfaction", "wall", "profile", "budget", "roi_articulated")
TALKS = ("call", "meeting", "email", "document")
"""How it was learned."""
PROFILE = ("integrations", "criticality", "advanced_use", "active_users")
"""Kinds of evidence that answer one question each; two of the four are enough."""
CHECKS = (*PROFILE, "goals")
EVIDENCE = (*TALKS, *CHECKS, "news", "funding", "competitor_comparison")
REPLIES = ("accepted", "declined", "helpful", "unwanted", "complained")
LOSSES = (
    "price",
    "timing",
    "no_need",
    "budget",
    "competitor",
    "handoff_failure",
    "no_response",
    "superseded",
    "cancelled",
    "other",
)
ASSUMED = ("members", "hours", "hourly_rate", "automation_rate")

_SAID_BY = FactField("said_by", "person")
_COMMENT = (FactField("contact", "contact"), FactField("comment", "area"))
_OFFER = (FactField("plan", "plan", True), FactField("price", "amount"))
_CHOICE = (FactField("contact", "contact", True), FactField("scope", "text"))

FORMS: Mapping[str, tuple[FactField, ...]] = {
    "nps.responded": (FactField("score", "number", True, least=0, most=10), *_COMMENT),
    "csat.responded": (FactField("score", "number", True, least=1, most=5), *_COMMENT),
    "need.stated": (
        FactField("feature", "feature"),
        FactField("meter", "meter"),
        FactField("text", "area"),
        _SAID_BY,
    ),
    "feature.requested": (
        FactField("feature", "feature", True),
        FactField("user", "text"),
        FactField("text", "area"),
    ),
    "budget.stated": (
        FactField("status", "choice", True, ("yes", "no")),
        FactField("amount", "amount"),
        FactField("said_by", "person", True),
    ),
    "team.growth": (
        FactField("count", "number", True, least=1),
        FactField("role", "text"),
    ),
    "compliance.need": (FactField("framework", "text", True), FactField("deadline", "day")),
    "evidence.recorded": (
        FactField("criterion", "choice", True, CRITERIA),
        FactField("kind", "choice", True, EVIDENCE),
        FactField("verdict", "choice", False, ("yes", "no")),
        FactField("text", "area", True),
        _SAID_BY,
    ),
    "value.stated": (
        FactField("hours", "amount", True),
        FactField("hours_basis", "choice", True, ("per_person", "team_total")),
        FactField("hours_period", "choice", True, ("week", "month")),
        FactField("members", "number", least=1),
        FactField("hourly_rate", "amount", True),
        FactField("currency", "currency", True),
        FactField("automation_rate", "amount"),
        FactField("source", "choice", True, ("customer_stated", "measured", "assumed")),
        FactField("assumed", "several", False, ASSUMED),
        FactField("activity.en", "text"),
        FactField("activity.ja", "text"),
        _SAID_BY,
    ),
    "deal.stated": (
        FactField("stakeholders", "number", least=0),
        FactField("approval_days", "number", least=0),
        FactField("custom_terms", "flag"),
        FactField("complex", "flag"),
        FactField("relationship", "choice", False, ("operational", "strategic")),
    ),
    "quote.presented": _OFFER,
    "proposal.answered": (
        FactField("answer", "choice", True, REPLIES),
        FactField("reason", "choice", False, LOSSES),
        FactField("contact", "contact"),
        FactField("proposal", "text"),
    ),
    "contract.signed": _OFFER,
    "contact.objected": _CHOICE,
    "contact.unsubscribed": _CHOICE,
    "contact.unreachable": (
        FactField("contact", "contact", True),
        FactField("reason", "area", True),
    ),
    "cancel.intent": (FactField("reason", "area"),),
}
"""Type -> its fields, in the order in which they are asked."""


def criterion_form(
    criterion: str, answered: Container[str] = ()
) -> tuple[str, tuple[FactField, ...]]:
    """The type of the fact that settles a criterion of the qualification, and what is asked.

    Where a proof without a verdict counts as a yes, a verdict has to be chosen. `answered`: kinds
    of evidence that need not be asked for again.
    """
    if criterion == "budget":
        return "budget.stated", FORMS["budget.stated"]
    kinds = {
        "profile": (*PROFILE, *TALKS),
        "satisfaction": (*TALKS, "goals"),
    }.get(criterion, TALKS)
    counts_silently = criterion in ("wall", "roi_articulated")
    return "evidence.recorded", (
        FactField("verdict", "choice", counts_silently, ("yes", "no")),
        FactField("kind", "choice", True, tuple(one for one in kinds if one not in answered)),
        FactField("said_by", "person"),
        FactField("text", "area", True),
    )
