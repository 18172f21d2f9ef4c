"""Is the opportunity worth a person's time? Five criteria with evidence, and a verdict (R-090..R-096; R-078).

Unknown is never yes and never no: budget is asked, not guessed (R-094). A stated verdict outranks what is measured.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from services.trigger.judgement import needs
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import iso
from services.trigger.judgement.facts import last_nps, within
from services.trigger.judgement.record import Criterion, Proof, Record, Verdict
from services.trigger.judgement.shapes import CriterionFinding, Overall, ProvenShown, QualificationShown
from services.trigger.judgement.signals import is_repeated
from services.trigger.judgement.suppression import adoption

CRITERIA: tuple[Criterion, ...] = ("satisfaction", "wall", "profile", "budget", "roi_articulated")
SATISFIED_CHECKS = 3
PROFILE_CHECKS = 2
DEEP_ADOPTION_PERCENT = 60
GOOD_CSAT = Decimal(4)
CSAT_DAYS = 90
HEARSAY = ("news", "funding")
"""Kinds of budget evidence that are no statement of the customer, whatever they say (R-094)."""

QUESTIONS = ("qualification.budget_cycle", "qualification.approval_process", "qualification.spending_authority")


@dataclass(frozen=True, slots=True)
class Proven:
    """One piece of evidence: what kind, what it says, where from, when, by whom."""

    type: str
    text: str
    source: str
    date: datetime
    author: str | None = None

    def json(self) -> ProvenShown:
        return {"type": self.type, "text": self.text, "source": self.source, "date": iso(self.date), "author": self.author}


@dataclass(frozen=True, slots=True)
class Finding:
    """ValueError for a yes without evidence (R-090)."""

    criterion: Criterion
    verdict: Verdict
    evidence: tuple[Proven, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict == "yes" and not self.evidence:
            raise ValueError(f"{self.criterion}: a yes needs evidence")

    def json(self) -> CriterionFinding:
        return {"criterion": self.criterion, "verdict": self.verdict, "evidence": [one.json() for one in self.evidence]}


@dataclass(frozen=True, slots=True)
class Qualification:
    verdict: Overall
    findings: tuple[Finding, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """What to ask first, as sentence keys: where the budget is unknown (R-094)."""
        unknown = any(found.criterion == "budget" and found.verdict == "unknown" for found in self.findings)
        return QUESTIONS if unknown and self.verdict == "needs_discovery" else ()

    def json(self) -> QualificationShown:
        return {"verdict": self.verdict, "criteria": [found.json() for found in self.findings], "questions": list(self.questions)}


def qualify(case: Case) -> Qualification:
    found = tuple(_MEASURES[criterion](case) for criterion in CRITERIA)
    return Qualification(verdict({one.criterion: one.verdict for one in found}), found)


def verdict(by: Mapping[Criterion, Verdict]) -> Overall:
    """R-096. A no weighs before an unknown."""
    if by["satisfaction"] == "no":
        return "not_yet"
    if "no" in (by["wall"], by["profile"], by["budget"], by["roi_articulated"]):
        return "nurture"
    return "qualified" if all(by[criterion] == "yes" for criterion in CRITERIA) else "needs_discovery"


def counted(checks: Mapping[str, bool | None], enough: int) -> Verdict:
    """yes: `enough` hold; no: too many are known not to; else unknown."""
    held = sum(1 for check in checks.values() if check)
    possible = held + sum(1 for check in checks.values() if check is None)
    return "yes" if held >= enough else "no" if possible < enough else "unknown"


def _stated(record: Record, criterion: Criterion) -> list[Proof]:
    return sorted((proof for proof in record.proofs if proof.criterion == criterion), key=lambda proof: proof.order)


def _proven(proof: Proof) -> Proven:
    return Proven(proof.kind, proof.text, proof.key, proof.at, proof.said_by)


def _last_verdict(proofs: Iterable[Proof]) -> Proof | None:
    return next((proof for proof in reversed(list(proofs)) if proof.verdict in ("yes", "no")), None)


def _settled(case: Case, criterion: Criterion, measured: Verdict, seen: Iterable[Proven]) -> Finding:
    proofs = _stated(case.facts.record, criterion)
    said = _last_verdict(proof for proof in proofs if not _is_check(proof))
    evidence = (*(_proven(proof) for proof in proofs), *seen)
    return Finding(criterion, said.verdict if said and said.verdict else measured, evidence)


CHECK_KINDS = frozenset({"goals", "goals_reached", "active_users", "advanced_use", "integrations", "criticality"})
"""Kinds that answer one check of a criterion, not the whole of it."""


def _is_check(proof: Proof) -> bool:
    return proof.kind in CHECK_KINDS


def _check(case: Case, criterion: Criterion, *kinds: str) -> bool | None:
    said = _last_verdict(proof for proof in _stated(case.facts.record, criterion) if proof.kind in kinds)
    return None if said is None else said.verdict == "yes"


def _satisfaction(case: Case) -> Finding:
    """R-091: consistent use, depth of adoption, goals reached, good scores: three of four."""
    adopted = adoption(case)
    checks = {
        "consistent_use": _consistent(case),
        "adoption": None if adopted is None else adopted[0] * 100 >= DEEP_ADOPTION_PERCENT * adopted[1],
        "goals": _check(case, "satisfaction", "goals", "goals_reached"),
        "scores": _good_scores(case),
    }
    seen = [Proven(name, "yes", "measured", case.at) for name, holds in checks.items() if holds]
    return _settled(case, "satisfaction", counted(checks, SATISFIED_CHECKS), seen)


def _consistent(case: Case) -> bool | None:
    """Active in at least three of the last four weeks."""
    days = case.facts.record.active_days
    if not days:
        return None
    today = case.at.astimezone(case.facts.account.zone).date()
    weeks = {(today - day).days // 7 for day in days if timedelta(0) <= today - day < timedelta(days=28)}
    return len(weeks) >= 3


def _good_scores(case: Case) -> bool | None:
    scores = [score.score for score in case.facts.record.csat if within(score.at, case.at, CSAT_DAYS)]
    if scores:
        return Decimal(sum(scores)) / len(scores) >= GOOD_CSAT
    newest = last_nps(case.facts.record, case.at, case.policy.nps_max_age_days)
    return None if newest is None else newest.score >= 9


def _wall(case: Case) -> Finding:
    """R-092: one proof of running into a wall is enough; none is no proof of there being none."""
    seen = list(_walls(case))
    stated = _stated(case.facts.record, "wall")
    return _settled(case, "wall", "yes" if seen or any(proof.verdict is None for proof in stated) else "unknown", seen)


def _walls(case: Case) -> Iterable[Proven]:
    kinds = {"feature_unavailable": "ticket_feature_unavailable", "upper_plan_question": "question_upper_feature"}
    for _, ticket in sorted(case.facts.record.tickets.items()):
        if ticket.cls in kinds and within(ticket.began_at, case.at, needs.REQUEST_DAYS):
            yield Proven(kinds[ticket.cls], ticket.feature or ticket.id, f"ticket {ticket.id}", ticket.began_at)
    own = case.plan.features if case.plan else ()
    for feature in sorted(case.facts.record.requested):
        if feature not in own and (count := needs.requests(case.facts.record, feature, case.at)):
            yield Proven("question_upper_feature", f"{feature}: {count}", "feature.requested", case.at)
    for _, usage in sorted(case.facts.usage.items()):
        near = usage.percent is not None and usage.percent >= case.policy.repeat_periods.percent
        if near or is_repeated(usage, case.policy):
            yield Proven("limit_pressure", f"{usage.meter} {usage.percent} %", "measured", case.at)


def _profile(case: Case) -> Finding:
    """R-093: two of four trends rise."""
    checks = {
        "active_users": _rising(case) if _check(case, "profile", "active_users") is None else _check(case, "profile", "active_users"),
        "advanced_use": _check(case, "profile", "advanced_use"),
        "integrations": _check(case, "profile", "integrations"),
        "criticality": _check(case, "profile", "criticality"),
    }
    seen = [Proven(name, "rising", "measured", case.at) for name, holds in checks.items() if holds]
    return _settled(case, "profile", counted(checks, PROFILE_CHECKS), seen)


def _rising(case: Case) -> bool | None:
    """Whether more people were active from month to month over the last three; None where fewer are known."""
    months = sorted(case.facts.record.active_users)[-3:]
    return slope([len(case.facts.record.active_users[month]) for month in months]) > 0 if len(months) == 3 else None


def slope(values: list[int]) -> Decimal:
    """Least squares, per step; 0 for fewer than two values."""
    count = len(values)
    if count < 2:
        return Decimal(0)
    mean_x, mean_y = Decimal(count - 1) / 2, Decimal(sum(values)) / count
    above = sum(((x - mean_x) * (y - mean_y) for x, y in enumerate(values)), Decimal(0))
    return above / sum(((x - mean_x) ** 2 for x in range(count)), Decimal(0))


def _budget(case: Case) -> Finding:
    """R-094: only a statement counts; news is noted and stays unknown."""
    proofs = _stated(case.facts.record, "budget")
    evidence = [_proven(proof) for proof in proofs]
    statements = [(proof.order, proof.verdict) for proof in proofs if proof.verdict in ("yes", "no") and not _hearsay(proof)]
    if (stated := case.facts.record.budget) is not None:
        statements.append((stated.order, stated.status))
        evidence.append(Proven("budget.stated", stated.status, stated.key, stated.at, stated.said_by))
    newest = max(statements, key=lambda one: one[0])[1] if statements else None
    return Finding("budget", newest or "unknown", tuple(evidence))


def _hearsay(proof: Proof) -> bool:
    return any(word in proof.kind for word in HEARSAY)


def _roi(case: Case) -> Finding:
    """R-095: a quantified before and after that they said themselves; their own numbers in a value case count too, also where
    somebody has measured or assumed others since."""
    own, proofs = case.facts.record.articulated, _stated(case.facts.record, "roi_articulated")
    seen = [Proven("value.stated", f"{own.hours} h", own.key, own.at, own.said_by)] if own else []
    told = any(proof.verdict is None for proof in proofs)
    return _settled(case, "roi_articulated", "yes" if seen or told else "unknown", seen)


_MEASURES = {"satisfaction": _satisfaction, "wall": _wall, "profile": _profile, "budget": _budget, "roi_articulated": _roi}
