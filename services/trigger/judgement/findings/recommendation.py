"""Which plan is recommended (one step up, never more), and whether that step solves the problem
(R-100..R-104).

A need that only a higher plan answers does not change the step; it is mentioned (`covering`,
`note`). If the step would not solve the problem, someone has to approve it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Recommended
from services.trigger.judgement.facts.facts import Facts, Usage
from services.trigger.judgement.findings import needs
from shared.catalog import Catalog, Plan, Text

EARLY_DAYS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`covering`: the lowest plan that answers everything any plan answers, if the step does not;
    `unsolved`: what the step lacks.
    """

    plan: Plan
    covering: Plan | None = None
    unsolved: tuple[str, ...] = ()
    approval: bool = False
    note: Text | None = None

    @property
    def multi_step(self) -> bool:
        return self.covering is not None

    def recommended(self) -> Recommended:
        """As a decision shows it. `steps` is always 1: that is what is proposed."""
        return Recommended(self.plan.id, 1, self.multi_step, self.note.en if self.note else None)


def recommend(case: Case) -> Recommendation | None:
    """None on the highest plan, or if no plan is known (R-102)."""
    if case.plan is None or case.next_plan is None:
        return None
    step, higher = case.next_plan, case.catalog.higher_plans(case.plan.id)
    features, meters = _wanted(case, higher), _required(case)
    covering = next(
        (plan for plan in higher if not _unsolved(plan, case, features, meters)), higher[-1]
    )
    if covering is step:
        return Recommendation(step)
    missing = _unsolved(step, case, features, meters)
    if not set(missing) - set(_unsolved(covering, case, features, meters)):
        return Recommendation(step)
    short = tuple(meter for meter in missing if meter in meters)
    wanted = {
        *(need.key for need in features),
        *_beyond(case.plan, meters),
    }  # a need stated twice counts once
    solved = len(missing) < len(wanted) and _relieves(step, case, features)
    return Recommendation(
        step, covering, missing, bool(short) or not solved, _note(case.catalog, missing, covering)
    )


def _relieves(step: Plan, case: Case, features: tuple[needs.Wanted, ...]) -> bool:
    """Whether the step answers anything that may be mentioned to the customer; a forecast nobody
    was told about may not (R-018).
    """
    plan = case.plan
    assert plan is not None
    asked = any(needs.answers(step, plan, need) for need in features)
    return asked or any(needs.more(step, plan, meter) for meter in case.pressure)


def cooled_down_at(case: Case) -> datetime | None:
    """R-101: when the cool-down after the last step ends; None if there is none."""
    days = timedelta(days=case.policy.step_cooldown_days)
    ups = [
        move.at
        for move in case.facts.moves
        if move.kind == "upgrade" and move.at <= case.at < move.at + days
    ]
    return max(ups) + days if ups else None


def lowest_with(catalog: Catalog, plan: Plan, features: tuple[str, ...]) -> Plan | None:
    """The lowest plan of the family, including the current one, with all these features (R-103,
    R-120). None if no plan has them.
    """
    return next(
        (tier for tier in catalog.family(plan.id) if set(features) <= set(tier.features)), None
    )


def required(facts: Facts, catalog: Catalog, now: datetime) -> dict[str, Decimal]:
    """How much of each meter the account is expected to need: current or projected usage, and the
    people who are joining.
    """
    found = {usage.meter: _expected(usage, now) for usage in facts.usage.values()}
    people = needs.people_meter(catalog)
    if people is not None and people in facts.usage:
        found[people] = max(
            found[people], facts.usage[people].used + needs.growing(facts.record, now)
        )
    return found


def _expected(usage: Usage, now: datetime) -> Decimal:
    """At the end of the period.

    A busy first day says nothing yet (BP-23); then current usage is all that is known.
    """
    start, end = usage.period_start, usage.period_end
    early = (
        start is not None and end is not None and now - start < min(EARLY_DAYS, (end - start) / 10)
    )
    return usage.used if early else max(usage.used, usage.projected or usage.used)


def _wanted(case: Case, higher: tuple[Plan, ...]) -> tuple[needs.Wanted, ...]:
    """Needs that some higher plan answers; the others are for the product team (`unmet_need`).

    Meters are measured instead.
    """
    assert case.plan is not None
    return tuple(
        need
        for need in case.needs
        if need.kind != "meter" and any(needs.answers(plan, case.plan, need) for plan in higher)
    )


def _required(case: Case) -> dict[str, Decimal]:
    return required(case.facts, case.catalog, case.at)


def _beyond(plan: Plan, meters: dict[str, Decimal]) -> tuple[str, ...]:
    """Meters of which a plan allows less than is required."""
    return tuple(
        meter
        for meter, amount in meters.items()
        if meter in plan.limits and _short(plan.limit(meter), amount)
    )


def _short(limit: Decimal | None, amount: Decimal) -> bool:
    return limit is not None and limit < amount


def _unsolved(
    plan: Plan, case: Case, features: tuple[needs.Wanted, ...], meters: dict[str, Decimal]
) -> tuple[str, ...]:
    assert case.plan is not None
    lacking = (need.key for need in features if not needs.answers(plan, case.plan, need))
    return tuple(dict.fromkeys((*lacking, *_beyond(plan, meters))))


def _note(catalog: Catalog, keys: tuple[str, ...], covering: Plan) -> Text:
    """`webhooks come with Enterprise`."""
    names = [_name(catalog, key) for key in keys]
    verb = "comes" if len(names) == 1 and not keys[0].endswith("s") else "come"
    return Text(
        f"{', '.join(name.en for name in names)} {verb} with {covering.name.en}",
        f"{'、'.join(name.ja for name in names)}は{covering.name.ja}に含まれます",
    )


def _name(catalog: Catalog, key: str) -> Text:
    if key in catalog.features:
        return catalog.features[key].name
    return catalog.meters[key].name if key in catalog.meters else Text(key, key)
