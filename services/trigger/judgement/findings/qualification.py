"""Whether the opportunity is worth a person's time: five criteria with evidence, and a verdict
(R-090..R-096; R-078).

Unknown is neither yes nor no: the budget is asked for, not guessed (R-094). A stated verdict
outranks what is measured.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.trigger.judgement.case import Case
from services.trigger.judgement.facts.facts import Usage, began_within, last_nps, within
from services.trigger.judgement.facts.record import (
    PROMOTER,
    Criterion,
    Proof,
    Record,
    Stated,
    Verdict,
)
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.signals import is_repeated
from services.trigger.judgement.gates.dissatisfaction import DETRACTOR, UNHAPPY_CSAT
from services.trigger.judgement.gates.suppression import ADOPTED_PERCENT, ADOPTION_DAYS, adoption
from services.trigger.judgement.shapes import (
    CriterionFinding,
    Overall,
    ProvenShown,
    QualificationShown,
)
from shared.values.moments import iso
from shared.values.quantities import plain

CRITERIA: tuple[Criterion, ...] = ("satisfaction", "wall", "profile", "budget", "roi_articulated")
SATISFIED_CHECKS = 3
PROFILE_CHECKS = 2
DEEP_ADOPTION_PERCENT = 60
GOOD_CSAT, POOR_CSAT = Decimal(4), Decimal(UNHAPPY_CSAT)
CSAT_DAYS = 90
ACTIVE_WEEKS = 3
HEARSAY = ("news", "funding")
"""Kinds of budget evidence that are not the customer's own statement, whatever they say (R-094)."""

QUESTIONS = (
    "qualification.budget_cycle",
    "qualification.approval_process",
    "qualification.spending_authority",
)


MEASURED = "measured"
"""The source of our own findings."""


@dataclass(frozen=True, slots=True)
class Proven:
    """One piece of evidence: its kind, content, source, time and author.

    `result`: whether it supports the criterion (yes), contradicts it (no), or decides nothing yet;
    `figure`: the finding in words, and `numbers` the values from which other languages build
    theirs.
    """

    type: str
    text: str
    source: str
    date: datetime
    author: str | None = None
    result: Verdict = "yes"
    figure: str | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> ProvenShown:
        return {
            "type": self.type,
            "text": self.text,
            "source": self.source,
            "date": iso(self.date),
            "author": self.author,
            "result": self.result,
            "figure": self.figure,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One check: whether it holds, None if unknown, and what was found."""

    holds: bool | None
    figure: str | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def result(self) -> Verdict:
        return "unknown" if self.holds is None else "yes" if self.holds else "no"


UNKNOWN = Check(None)


@dataclass(frozen=True, slots=True)
class Finding:
    """A yes without evidence raises ValueError (R-090); failed checks are listed all the same."""

    criterion: Criterion
    verdict: Verdict
    evidence: tuple[Proven, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict == "yes" and not any(one.result == "yes" for one in self.evidence):
            raise ValueError(f"{self.criterion}: a yes needs evidence")

    def json(self) -> CriterionFinding:
        return {
            "criterion": self.criterion,
            "verdict": self.verdict,
            "evidence": [one.json() for one in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Qualification:
    verdict: Overall
    findings: tuple[Finding, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """What to ask first, as sentence keys, if the budget is unknown (R-094)."""
        unknown = any(
            found.criterion == "budget" and found.verdict == "unknown" for found in self.findings
        )
        return QUESTIONS if unknown and self.verdict == "needs_discovery" else ()

    @property
    def dissatisfying(self) -> dict[str, Mapping[str, Any]]:
        """The satisfaction checks that say no, with their figures; `stated` if someone recorded
        that they are not satisfied.
        """
        found: dict[str, Mapping[str, Any]] = {}
        for one in self.findings[0].evidence:
            if one.result == "no":
                measured = one.source == MEASURED
                found.setdefault(
                    one.type if measured else "stated",
                    {"figure": one.figure, **one.numbers} if measured else {},
                )
        return {
            name: numbers for name, numbers in found.items() if name != "stated" or len(found) == 1
        }

    def json(self) -> QualificationShown:
        return {
            "verdict": self.verdict,
            "criteria": [found.json() for found in self.findings],
            "questions": list(self.questions),
        }


def qualify(case: Case) -> Qualification:
    found = tuple(_MEASURES[criterion](case) for criterion in CRITERIA)
    return Qualification(verdict({one.criterion: one.verdict for one in found}), found)


def verdict(by: Mapping[Criterion, Verdict]) -> Overall:
    """R-096. A no outweighs an unknown."""
    if by["satisfaction"] == "no":
        return "not_yet"
    if "no" in (by["wall"], by["profile"], by["budget"], by["roi_articulated"]):
        return "nurture"
    return (
        "qualified" if all(by[criterion] == "yes" for criterion in CRITERIA) else "needs_discovery"
    )


def counted(checks: Mapping[str, Check], enough: int) -> Verdict:
    """yes: `enough` hold; no: too many are known not to; otherwise unknown."""
    held = sum(1 for check in checks.values() if check.holds)
    possible = held + sum(1 for check in checks.values() if check.holds is None)
    return "yes" if held >= enough else "no" if possible < enough else "unknown"


def _stated(record: Record, criterion: Criterion) -> list[Proof]:
    return sorted(
        (proof for proof in record.proofs if proof.criterion == criterion),
        key=lambda proof: proof.order,
    )


def _proven(proof: Proof) -> Proven:
    """A statement; without a verdict it proves what its criterion asks for (R-092, R-095)."""
    silent: Verdict = "yes" if proof.criterion in ("wall", "roi_articulated") else "unknown"
    result = (
        "unknown" if proof.criterion == "budget" and _hearsay(proof) else proof.verdict or silent
    )
    return Proven(proof.kind, proof.text, proof.key, proof.at, proof.said_by, result)


def _measured(case: Case, checks: Mapping[str, Check]) -> list[Proven]:
    """Every check with its result: those that do not hold show why a criterion is not met."""
    return [
        Proven(
            name,
            one.result,
            MEASURED,
            case.at,
            result=one.result,
            figure=one.figure,
            numbers=one.numbers,
        )
        for name, one in checks.items()
    ]


def _last_verdict(proofs: Iterable[Proof]) -> Proof | None:
    return next((proof for proof in reversed(list(proofs)) if proof.verdict in ("yes", "no")), None)


def _settled(
    case: Case, criterion: Criterion, measured: Verdict, seen: Iterable[Proven]
) -> Finding:
    proofs = _stated(case.facts.record, criterion)
    said = _last_verdict(proof for proof in proofs if not _is_check(proof))
    evidence = (*(_proven(proof) for proof in proofs), *seen)
    return Finding(criterion, said.verdict if said and said.verdict else measured, evidence)


CHECK_KINDS = frozenset(
    {"goals", "goals_reached", "active_users", "advanced_use", "integrations", "criticality"}
)
"""Kinds that answer one check of a criterion, not all of it."""


def _is_check(proof: Proof) -> bool:
    return proof.kind in CHECK_KINDS


def _check(case: Case, criterion: Criterion, *kinds: str) -> Check:
    said = _last_verdict(
        proof for proof in _stated(case.facts.record, criterion) if proof.kind in kinds
    )
    return UNKNOWN if said is None else Check(said.verdict == "yes", said.text)


def _satisfaction(case: Case) -> Finding:
    """R-091: consistent use, deep adoption, goals reached, good scores: three of four."""
    checks = {
        "consistent_use": _consistent(case),
        "adoption": _deep_adoption(case),
        "goals": _check(case, "satisfaction", "goals", "goals_reached"),
        "scores": _scores(case),
    }
    return _settled(
        case, "satisfaction", counted(checks, SATISFIED_CHECKS), _measured(case, checks)
    )


def _consistent(case: Case) -> Check:
    """Active in at least three of the last four weeks."""
    days = case.facts.record.active_days
    if not days:
        return UNKNOWN
    today = case.at.astimezone(case.facts.account.zone).date()
    weeks = {
        (today - day).days // 7 for day in days if timedelta(0) <= today - day < timedelta(days=28)
    }
    return Check(
        len(weeks) >= ACTIVE_WEEKS,
        f"active in {len(weeks)} of the last 4 weeks",
        {"weeks": len(weeks)},
    )


def _deep_adoption(case: Case) -> Check:
    """Between too little adoption to sell (R-077) and deep adoption, it is neither yes nor no."""
    adopted = adoption(case)
    if adopted is None:
        return UNKNOWN
    used, offered = adopted
    figure = (
        f"{used} of {offered} features used in {ADOPTION_DAYS} days ({used * 100 // offered} %)"
    )
    holds = _between(used * 100, ADOPTED_PERCENT * offered, DEEP_ADOPTION_PERCENT * offered)
    return Check(holds, figure, {"used": used, "offered": offered})


def _between(found: Decimal | int, no: Decimal | int, yes: Decimal | int) -> bool | None:
    """Yes from `yes` on, no below `no`, unknown in between."""
    return True if found >= yes else False if found < no else None


def _scores(case: Case) -> Check:
    """CSAT; if that is neither yes nor no, the newest NPS: promoter or detractor."""
    said = _csat(case)
    asked = _nps(case) if said.holds is None else UNKNOWN
    return asked if asked.holds is not None or said.figure is None else said


def _csat(case: Case) -> Check:
    scores = [
        score.score for score in case.facts.record.csat if within(score.at, case.at, CSAT_DAYS)
    ]
    if not scores:
        return UNKNOWN
    mean = Decimal(sum(scores)) / len(scores)
    rounded = plain(mean.quantize(Decimal("0.1")))
    figure = f"CSAT {rounded} of 5 on average in {CSAT_DAYS} days"
    return Check(
        True if mean >= GOOD_CSAT else False if mean <= POOR_CSAT else None,
        figure,
        {"csat": rounded},
    )


def _nps(case: Case) -> Check:
    newest = last_nps(case.facts.record, case.at, case.policy.nps_max_age_days)
    if newest is None:
        return UNKNOWN
    figure = f"NPS {newest.score} on {newest.at.date()}"
    return Check(
        _between(newest.score, DETRACTOR + 1, PROMOTER),
        figure,
        {"nps": newest.score, "nps_at": newest.at},
    )


def _wall(case: Case) -> Finding:
    """R-092: one proof of hitting a wall is enough; the lack of one does not prove the opposite."""
    seen = list(_walls(case))
    stated = _stated(case.facts.record, "wall")
    hit = any(one.result == "yes" for one in seen) or any(proof.verdict is None for proof in stated)
    return _settled(case, "wall", "yes" if hit else "unknown", seen)


def _walls(case: Case) -> Iterable[Proven]:
    asked = [*_asked_in_tickets(case), *_requested(case)]
    yield from asked
    days = f"in {needs.REQUEST_DAYS} days"
    nobody = {
        "ticket_feature_unavailable": f"0 tickets about a missing feature {days}",
        "question_upper_feature": f"0 questions about features of a higher plan {days}",
    }
    yield from _measured(
        case,
        {
            kind: Check(None, none)
            for kind, none in nobody.items()
            if kind not in {one.type for one in asked}
        },
    )
    for _, usage in sorted(case.facts.usage.items()):
        if usage.percent is not None:
            yield _pressure(case, usage)


def _asked_in_tickets(case: Case) -> Iterable[Proven]:
    kinds = {
        "feature_unavailable": "ticket_feature_unavailable",
        "upper_plan_question": "question_upper_feature",
    }
    for _, ticket in sorted(case.facts.record.tickets.items()):
        if ticket.cls in kinds and began_within(ticket, case.at, needs.REQUEST_DAYS):
            yield Proven(
                kinds[ticket.cls],
                ticket.feature or ticket.id,
                f"ticket {ticket.id}",
                ticket.began_at,
            )


def _requested(case: Case) -> Iterable[Proven]:
    own = case.plan.features if case.plan else ()
    for feature in sorted(case.facts.record.requested):
        if feature not in own and (count := needs.requests(case.facts.record, feature, case.at)):
            figure = f"{count} requests in {needs.REQUEST_DAYS} days"
            yield Proven(
                "question_upper_feature",
                f"{feature}: {count}",
                "feature.requested",
                case.at,
                figure=figure,
            )


def _pressure(case: Case, usage: Usage) -> Proven:
    near = usage.percent is not None and usage.percent >= case.policy.repeat_periods.percent
    result: Verdict = "yes" if near or is_repeated(usage, case.policy) else "no"
    text = f"{usage.meter} {usage.percent} %"
    return Proven("limit_pressure", text, MEASURED, case.at, result=result, figure=text)


def _profile(case: Case) -> Finding:
    """R-093: two of four trends rise."""
    checks = profile_checks(case)
    return _settled(case, "profile", counted(checks, PROFILE_CHECKS), _measured(case, checks))


def profile_checks(case: Case) -> dict[str, Check]:
    """What is stated outranks what is measured."""
    said = _check(case, "profile", "active_users")
    return {
        "active_users": active_people_rise(case) if said.holds is None else said,
        "advanced_use": _check(case, "profile", "advanced_use"),
        "integrations": _check(case, "profile", "integrations"),
        "criticality": _check(case, "profile", "criticality"),
    }


def active_people_rise(case: Case) -> Check:
    """Whether the number of active people rose from month to month over the last three; unknown if
    fewer are known.
    """
    months = sorted(case.facts.record.active_users)[-3:]
    counts = [len(case.facts.record.active_users[month]) for month in months]
    if len(counts) < 3:
        return UNKNOWN
    return Check(
        slope(counts) > 0, f"{', '.join(map(str, counts))} active users in {', '.join(months)}"
    )


def slope(values: list[int]) -> Decimal:
    """Least squares, per step; 0 for fewer than two values."""
    count = len(values)
    if count < 2:
        return Decimal(0)
    mean_x, mean_y = Decimal(count - 1) / 2, Decimal(sum(values)) / count
    above = sum(((x - mean_x) * (y - mean_y) for x, y in enumerate(values)), Decimal(0))
    return above / sum(((x - mean_x) ** 2 for x in range(count)), Decimal(0))


def _budget(case: Case) -> Finding:
    """R-094: only a statement counts; news is noted and leaves it unknown."""
    proofs = _stated(case.facts.record, "budget")
    evidence = [_proven(proof) for proof in proofs]
    statements = [
        (proof.order, proof.verdict)
        for proof in proofs
        if proof.verdict in ("yes", "no") and not _hearsay(proof)
    ]
    if (stated := case.facts.record.budget) is not None:
        statements.append((stated.order, stated.status))
        amount = None if stated.amount is None else plain(stated.amount)
        evidence.append(
            Proven(
                "budget.stated",
                stated.status,
                stated.key,
                stated.at,
                stated.said_by,
                stated.status,
                amount,
            )
        )
    else:
        evidence += _measured(case, {"budget.stated": UNKNOWN})
    newest = max(statements, key=lambda one: one[0])[1] if statements else None
    return Finding("budget", newest or "unknown", tuple(evidence))


def _hearsay(proof: Proof) -> bool:
    return any(word in proof.kind for word in HEARSAY)


def _roi(case: Case) -> Finding:
    """R-095: quantified figures from before and after that they stated themselves.

    Their own numbers in a value case also count, even if someone has measured or assumed others
    since.
    """
    own, proofs = case.facts.record.articulated, _stated(case.facts.record, "roi_articulated")
    told = own is not None or any(proof.verdict is None for proof in proofs)
    return _settled(
        case, "roi_articulated", "yes" if told else "unknown", [_own_figures(case, own)]
    )


def _own_figures(case: Case, own: Stated | None) -> Proven:
    if own is None:
        return _measured(case, {"value.stated": UNKNOWN})[0]
    figure = f"{plain(own.hours)} h a {own.hours_period} at {plain(own.hourly_rate)} {own.currency}"
    return Proven("value.stated", f"{own.hours} h", own.key, own.at, own.said_by, figure=figure)


_MEASURES = {
    "satisfaction": _satisfaction,
    "wall": _wall,
    "profile": _profile,
    "budget": _budget,
    "roi_articulated": _roi,
}
