"""What the customer may be told: sentence keys with variables, from checked facts and findings
(R-043, R-120, R-142, R-143, R-145). `shared/wording` puts them into words.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial

from services.trigger.judgement.decision import Decision
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.economics.prices import price_step
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.facts.record import Stated
from services.trigger.judgement.findings import needs, timing
from services.trigger.judgement.findings.recommendation import lowest_with
from services.trigger.judgement.findings.signals import PRIORITY, limit_signal
from services.trigger.judgement.question import Question
from shared.catalog import Meter, Plan, Text
from shared.messages import Facts
from shared.messages.facts import (
    AboutAccount,
    AboutUsage,
    AbsoluteThreshold,
    AddOnFacts,
    ItemName,
    MeterFacts,
    MeterName,
    MoneyFacts,
    Name,
    OfferedPlan,
    PeriodFacts,
    PriceFacts,
    ProposalFacts,
    SaidFacts,
    ThresholdFacts,
    ValueFacts,
    Variable,
)
from shared.values.money import money_text
from shared.values.quantities import EXACT, plain


def say(key: str, **variables: Variable) -> SaidFacts:
    """A sentence; what is None is left to the message's facts."""
    return SaidFacts(key, {name: value for name, value in variables.items() if value is not None})


def named(text: Text) -> Name:
    return Name(text.en, text.ja)


def plan_facts(plan: Plan) -> OfferedPlan:
    price = None
    if plan.price is not None:
        price = PriceFacts(
            Decimal(money_text(plan.price.monthly, plan.currency)),
            Decimal(money_text(plan.price.yearly, plan.currency)),
        )
    return OfferedPlan(plan.id, named(plan.name), price, plan.currency)


def add_on_item(add_on: AddOnOffer) -> ItemName:
    """The form that sentences take."""
    return ItemName(named(add_on.name), add_on.quantity, add_on.unit)


def add_on_facts(add_on: AddOnOffer) -> AddOnFacts:
    return AddOnFacts(add_on.id, named(add_on.name), add_on.quantity, add_on.unit)


def proposal(question: Question, decision: Decision) -> ProposalFacts:
    """`Tell.facts.proposal` (docs/data.md): the offer and all that may be said for it."""
    if question.add_on is not None:
        return _proposal_of_add_on(question, question.add_on, decision)
    plan, target = question.plan, question.target
    assert plan is not None
    assert target is not None
    meter = meter_of(question)
    limit = target.limit(meter.id) if meter is not None and meter.id in target.limits else None
    value = question.worth.value
    step = price_step(plan, target, question.facts.subscription)
    return ProposalFacts(
        plan=plan_facts(target),
        current=plan_facts(plan),
        price_step=None if step is None else step.facts(),
        limit_text=None if limit is None else plain(limit),
        reasons=decision.signals,
        scenario=decision.scenarios[0] if decision.scenarios else None,
        sentences=tuple(offered(question)),
        value=ValueFacts(value.assumed) if value is not None and question.worth.roi else None,
        self_serve=decision.outcome == "proposal",
        holidays=question.policy.holidays,
    )


def _proposal_of_add_on(
    question: Question, add_on: AddOnOffer, decision: Decision
) -> ProposalFacts:
    assert question.plan is not None
    return ProposalFacts(
        add_on=add_on_facts(add_on),
        current=plan_facts(question.plan),
        price_step=add_on.price.facts(),
        limit_text=plain(add_on.limit),
        reasons=decision.signals,
        scenario=decision.scenarios[0] if decision.scenarios else None,
        self_serve=decision.outcome == "proposal",
        holidays=question.policy.holidays,
    )


def offered(question: Question) -> list[SaidFacts]:
    """The true sentence for each reason, most important first; then the step's value, if clear."""
    ordered = sorted(
        question.signals, key=lambda signal: (-PRIORITY.get(signal.type, 0), signal.key)
    )
    found = [said for signal in ordered for said in _by_signal(question, signal)]
    if question.worth.value is not None and question.worth.roi:
        found += _worth(question, question.worth.value)
    return found


def _by_signal(question: Question, signal: Signal) -> Iterable[SaidFacts]:
    plan, target = question.plan, question.target
    if plan is None or target is None:
        return []
    match signal.type:
        case "team_growth":
            return _team_growth(question, signal, plan, target)
        case "compliance_need":
            return _compliance(signal, question, target)
        case "feature_requested":
            return _asked(question, signal, plan, target)
        case "better_support":
            return _support(target) if needs.faster(target, plan) else []
        case "renewal":
            return _renewal(question, target)
        case "nps_high":
            return _promoter(question, target)
        case _:
            return []


def _team_growth(question: Question, signal: Signal, plan: Plan, target: Plan) -> list[SaidFacts]:
    """Only if the seats would actually cost more (R-143)."""
    meter = question.catalog.meters.get(needs.people_meter(question.catalog) or "")
    if not question.worth.team_growth or meter is None or meter.id not in target.limits:
        return []
    found = say(
        "scenario.team_growth",
        count=stated(signal, "count"),
        role=stated(signal, "role"),
        plan=named(target.name),
        meter=meter_name(meter),
        **{"from": named(plan.name)},
    )
    return [limited(found, target.limit(meter.id))]


def limited(said: SaidFacts, limit: Decimal | None) -> SaidFacts:
    """Adds a limit; null means unlimited."""
    text = None if limit is None else plain(limit)
    return SaidFacts(said.key, {**said.variables, "limit": text})


def _compliance(signal: Signal, question: Question, target: Plan) -> list[SaidFacts]:
    """Only if the step includes what the framework requires (R-145)."""
    framework = signal.key
    wanted = needs.framework_features(question.catalog, framework)
    if not any(feature in target.features for feature in wanted):
        return []
    return [say("scenario.compliance", framework=framework, plan=named(target.name))]


def _asked(question: Question, signal: Signal, plan: Plan, target: Plan) -> list[SaidFacts]:
    """Says "only in" of the lowest plan with the feature, and of no other (R-120, R-142)."""
    if lowest_with(question.catalog, plan, (signal.key,)) != target:
        return []
    count = needs.requests(question.facts.record, signal.key, question.at)
    return [
        say(
            "scenario.advanced_feature",
            feature=feature_name(question, signal.key),
            count=count,
            plan=named(target.name),
        )
    ]


def _support(target: Plan) -> list[SaidFacts]:
    hours, csm = target.support.first_response_hours, target.support.csm
    if hours is None or csm == "none":
        return []
    return [say("scenario.better_support", plan=named(target.name), sla=plain(hours), csm=csm)]


def _renewal(question: Question, target: Plan) -> list[SaidFacts]:
    """Makes the claim only if it is true; otherwise offers the review without it (R-043)."""
    if question.worth.renewal:
        return [say("renewal.one_month", plan=named(target.name))]
    return review(question)


def _promoter(question: Question, target: Plan) -> list[SaidFacts]:
    """Names the features that answer what they asked for, and no others (R-044, R-134)."""
    wanted = [
        need.key
        for need in question.needs
        if need.kind == "feature" and need.key in target.features
    ]
    features = [feature_name(question, key) for key in dict.fromkeys(wanted)]
    return [
        say("nps.promoter"),
        *([say("nps.features", plan=named(target.name), features=features)] if features else []),
    ]


def _worth(question: Question, value: ValueCase) -> list[SaidFacts]:
    """`value.good` for the inbox, `roi.net` for mail; a team's week in dollars has its own text,
    unless the step costs no more: nothing is a multiple of nothing.
    """
    given, target = value.stated, question.target
    assert target is not None
    money = partial(money_facts, currency=value.currency)
    if (
        value.headline is not None
        and value.currency == "USD"
        and given.hours_period == "week"
        and given.hours_basis == "per_person"
    ):
        return [_worth_in_dollars(value, target)]
    hours = (
        value.saved
        if given.hours_period == "month"
        else EXACT.divide(EXACT.multiply(value.saved, Decimal(52)), Decimal(12))
    )
    common: dict[str, Variable] = {
        "plan": named(target.name),
        "activity": _activity(given),
        "hours": plain(EXACT.quantize(hours, Decimal("0.1"))),
        "benefit": money(value.month),
    }
    net = say(
        "roi.net",
        **common,
        rate=money(given.hourly_rate),
        diff=money(value.cost_month),
        net=money(value.net_month),
    )
    return [say("value.good", **common), net]


def _worth_in_dollars(value: ValueCase, target: Plan) -> SaidFacts:
    given, money = value.stated, partial(money_facts, currency=value.currency)
    return say(
        "roi.usd",
        activity=_activity(given),
        hours=plain(given.hours),
        plan=named(target.name),
        members=given.members,
        rate=money(given.hourly_rate),
        week=money(value.week),
        year=money(value.year),
        cost=money(value.cost_year),
        multiple=value.headline,
    )


def _activity(value: Stated) -> Name | None:
    """What the hours are spent on."""
    return None if value.activity is None else Name(value.activity["en"], value.activity["ja"])


def money_facts(amount: Fraction | Decimal, currency: str) -> MoneyFacts:
    return MoneyFacts(money_text(amount, currency), currency)


def meter_name(meter: Meter) -> MeterName:
    return MeterName(meter.id, meter.unit, named(meter.name))


def feature_name(question: Question, key: str) -> Name | str:
    feature = question.catalog.features.get(key)
    return named(feature.name) if feature else key


def meter_of(question: Question) -> Meter | None:
    """The meter an add-on extends, the one that crossed, or the one of an open limit signal."""
    if question.add_on is not None:
        return question.catalog.meters[question.add_on.meter]
    if question.crossing is not None:
        return question.catalog.meters.get(question.crossing.meter)
    signal = limit_signal(question)
    return question.catalog.meters.get(signal.key) if signal else None


def with_usage(question: Question, base: AboutAccount) -> Facts:
    """The usage behind a proposal that is sent without its notice, after the crossing; the same
    facts if it has no meter.
    """
    signal = limit_signal(question)
    meter = meter_of(question)
    if meter is None or meter.id not in question.facts.usage:
        return base
    usage = question.facts.usage[meter.id]
    start, end = usage.period_start, usage.period_end
    return AboutUsage(
        account=base.account,
        plan=base.plan,
        links=base.links,
        owner=base.owner,
        admin=base.admin,
        brand=base.brand,
        proposal=base.proposal,
        meter=MeterFacts(id=meter.id, unit=meter.unit, name=named(meter.name), reset=meter.reset),
        used_text=plain(usage.used),
        limit_text=None if usage.limit is None else plain(usage.limit),
        percent=usage.percent,
        threshold=stood_at(signal) if signal is not None and signal.key == meter.id else None,
        period=None if start is None or end is None else PeriodFacts(start, end),
    )


def review(question: Question) -> list[SaidFacts]:
    """A joint usage review before the renewal, without any claim (R-043)."""
    subscription = question.facts.subscription
    if subscription is None:
        return []
    return [
        say(
            "renewal.review",
            date=timing.renewal_date(subscription, question.facts.account, question.at).isoformat(),
        )
    ]


def stated(signal: Signal, name: str) -> str | int | None:
    """What the signal's fact says of it."""
    found = signal.evidence.get(name)
    return found if isinstance(found, str | int) else None


def stood_at(signal: Signal) -> ThresholdFacts | None:
    """The threshold that was reached; None if it is only on its way."""
    threshold = signal.evidence.get("threshold")
    if isinstance(threshold, Mapping):
        return AbsoluteThreshold(str(threshold["at"]))
    return threshold if isinstance(threshold, int) else None
