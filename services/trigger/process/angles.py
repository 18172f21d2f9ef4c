"""Value angles for a conversation about a plan, each offered only while true (R-120..R-123)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import plain
from services.trigger.judgement.facts.facts import within
from services.trigger.judgement.facts.record import Compliance
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.recommendation import lowest_with
from shared.answers import MoneyText, Things
from shared.catalog import Plan
from shared.values.bounds import AHEAD
from shared.values.money import money_text
from shared.values.periods import local_date, months_between
from shared.values.quantities import EXACT
from shared.wording import sentence
from shared.wording.language import language

AngleKey = Literal["unlock", "efficiency", "competitive", "risk"]
ASKED_DAYS = 180
ASKED_MONTHS = 2
LONGEST_OBSTACLE = 60
HOURS_A_YEAR = (60, 120)
"""Five to ten hours a month."""

COMPARED = "competitor_comparison"
_AUTOMATION = "automation"
_ASKING = ("feature_unavailable", "upper_plan_question")


class YearRange(TypedDict):
    low: MoneyText
    high: MoneyText


class AngleShown(TypedDict):
    """Something true that speaks for the plan. `assumed`: what nobody has stated.

    `year`: what the hours of `efficiency` are worth at the stated rate.
    """

    key: AngleKey
    text: str
    evidence: Things
    assumed: list[str]
    year: NotRequired[YearRange]


Said = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Angle:
    """`said`: sentence keys with their variables."""

    key: AngleKey
    said: tuple[Said, ...]
    evidence: Mapping[str, Any]
    assumed: tuple[str, ...] = ()
    year: YearRange | None = None

    def json(self, locale: str) -> AngleShown:
        texts = [sentence(key, variables, locale) for key, variables in self.said]
        shown: AngleShown = {
            "key": self.key,
            "text": ("" if language(locale) == "ja" else " ").join(texts),
            "evidence": plain(self.evidence),
            "assumed": list(self.assumed),
        }
        return shown if self.year is None else {**shown, "year": self.year}


def angles(case: Case, to_plan: Plan) -> tuple[Angle, ...]:
    """What may be said for this plan now; `case.plan` is the account's own."""
    plan = case.plan
    if plan is None or plan.id == to_plan.id:
        return ()
    found = (
        _unlock(case, plan, to_plan),
        _efficiency(case, plan, to_plan),
        _competitive(case, plan, to_plan),
        _risk(case, plan, to_plan),
    )
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True)
class Asked:
    """When a feature was asked for, and in which words."""

    feature: str
    moments: tuple[datetime, ...]
    texts: tuple[tuple[datetime, str], ...] = field(default=())

    @property
    def weight(self) -> tuple[int, datetime, str]:
        return len(self.moments), max(self.moments), self.feature


def _unlock(case: Case, plan: Plan, to_plan: Plan) -> Angle | None:
    """The feature asked for most often, over two calendar months, that starts with this plan."""
    candidates = [
        (asked, obstacle)
        for asked in _asked(case)
        if _for_months(asked, case.facts.account.time_zone)
        and asked.feature not in plan.features
        and lowest_with(case.catalog, plan, (asked.feature,)) == to_plan
        and (obstacle := _obstacle(case, asked)) is not None
    ]
    if not candidates:
        return None
    asked, obstacle = max(candidates, key=lambda one: one[0].weight)
    said = {"feature": _named(case, asked.feature), "plan": _name(to_plan), **obstacle}
    evidence = {
        "feature": asked.feature,
        "count": len(asked.moments),
        "first": min(asked.moments),
        "last": max(asked.moments),
    }
    return Angle("unlock", (("angle.unlock", said),), evidence)


def _asked(case: Case) -> Iterable[Asked]:
    record = case.facts.record
    moments: dict[str, list[datetime]] = {}
    texts: dict[str, list[tuple[datetime, str]]] = {}
    for feature, asks in record.requested.items():
        for ask in asks:
            if within(ask.at, case.at, ASKED_DAYS):
                moments.setdefault(feature, []).append(ask.at)
                if ask.text:
                    texts.setdefault(feature, []).append((ask.at, ask.text))
    for ticket in record.tickets.values():
        if ticket.cls in _ASKING and ticket.feature:
            for at in {ticket.began_at, ticket.began_last_at}:
                if within(at, case.at, ASKED_DAYS):
                    moments.setdefault(ticket.feature, []).append(at)
    for feature, found in moments.items():
        yield Asked(feature, tuple(found), tuple(texts.get(feature, ())))


def _for_months(asked: Asked, zone: str) -> bool:
    first, last = (local_date(pick(asked.moments), zone) for pick in (min, max))
    return months_between(first, last) >= ASKED_MONTHS


def _obstacle(case: Case, asked: Asked) -> Mapping[str, Any] | None:
    """In their own words if those are short; otherwise only security has words of its own."""
    short = [one for one in asked.texts if len(one[1]) <= LONGEST_OBSTACLE]
    if short:
        return {"obstacle": max(short)[1]}
    known = case.catalog.features.get(asked.feature)
    return {} if known is not None and known.group == "security" else None


def _efficiency(case: Case, plan: Plan, to_plan: Plan) -> Angle | None:
    if to_plan.support.csm != "dedicated" or plan.support.csm == "dedicated":
        return None
    stated, year = case.facts.record.stated, None
    if stated is not None and stated.currency == to_plan.currency:
        low, high = (
            money_text(EXACT.multiply(Decimal(hours), stated.hourly_rate), stated.currency)
            for hours in HOURS_A_YEAR
        )
        year = YearRange(low=low, high=high)
    evidence = {"csm": to_plan.support.csm, "own_csm": plan.support.csm}
    return Angle("efficiency", (("angle.efficiency", {}),), evidence, ("hours",), year)


def _competitive(case: Case, plan: Plan, to_plan: Plan) -> Angle | None:
    """Only if they compare us with others."""
    compared = [
        proof
        for proof in case.facts.record.proofs
        if proof.kind == COMPARED
        and proof.verdict != "no"
        and within(proof.at, case.at, ASKED_DAYS)
    ]
    added = [one for one in to_plan.features if _AUTOMATION in one and one not in plan.features]
    if not compared or not added:
        return None
    feature = "advanced_automation" if "advanced_automation" in added else added[0]
    said = {"plan": _name(to_plan)}
    if feature != "advanced_automation":
        said["feature"] = _named(case, feature)
    newest = max(compared, key=lambda proof: proof.order)
    evidence = {"fact": newest.key, "at": newest.at, "text": newest.text, "feature": feature}
    return Angle("competitive", (("angle.competitive", said),), evidence)


def _risk(case: Case, plan: Plan, to_plan: Plan) -> Angle | None:
    """A framework with a deadline that this plan covers and the own one does not."""
    today = local_date(case.at, case.facts.account.time_zone)
    open_ = [
        (need.deadline, need)
        for need in case.facts.record.compliance
        if need.at <= case.at + AHEAD
        and need.deadline is not None
        and need.deadline >= today
        and _covers(case, to_plan, need)
        and not _covers(case, plan, need)
    ]
    if not open_:
        return None
    deadline, need = min(open_, key=lambda one: (one[0], one[1].framework))
    days = (deadline - today).days
    left = {"days": days, "deadline": deadline.isoformat()}
    said = {"framework": need.framework, "plan": _name(to_plan)}
    evidence = {"fact": need.key, "framework": need.framework, **left}
    return Angle("risk", (("angle.risk", said), ("angle.risk.days", left)), evidence)


def _covers(case: Case, plan: Plan, need: Compliance) -> bool:
    return set(needs.framework_features(case.catalog, need.framework)) <= set(plan.features)


def _name(plan: Plan) -> dict[str, str]:
    return {"en": plan.name.en, "ja": plan.name.ja}


def _named(case: Case, feature: str) -> Any:
    known = case.catalog.features.get(feature)
    return feature if known is None else {"en": known.name.en, "ja": known.name.ja}
