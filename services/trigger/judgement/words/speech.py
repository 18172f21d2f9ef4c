"""The five lines of a person's task: what happened, why now, what to say, what not to say, the next
step.

The owner may say what the customer may be told (`proposing.py`), and no more. `shared/wording` puts
it into words.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from services.trigger.judgement.case import Crossing
from services.trigger.judgement.decision import Decision, GateAnswer
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.economics.cost_of_waiting import waiting
from services.trigger.judgement.economics.prices import PriceStep, price_step
from services.trigger.judgement.facts.facts import Signal, Usage
from services.trigger.judgement.findings import needs, reasons
from services.trigger.judgement.findings.advice import quote_line
from services.trigger.judgement.findings.signals import limit_signal
from services.trigger.judgement.gates import claims, opportunity
from services.trigger.judgement.question import Question
from services.trigger.judgement.words.proposal import (
    add_on_item,
    feature_name,
    limited,
    meter_name,
    money_facts,
    named,
    offered,
    review,
    say,
    stated,
    stood_at,
)
from shared.catalog import Meter
from shared.messages.facts import (
    AbsoluteThreshold,
    Name,
    PersonFacts,
    SaidFacts,
    TaskFacts,
    ThresholdFacts,
)
from shared.values.moments import iso
from shared.values.quantities import plain
from shared.wording import price_text
from shared.wording.gates import gate_reason
from shared.wording.texts.usage import REACHED_BESIDE


def task_lines(question: Question, decision: Decision, *, all_reasons: bool = False) -> TaskFacts:
    """What happened, why now, what to say, what not to say, the next step.

    The person who sells gets every open reason, not only the newest; with `all_reasons`, so does
    the person who was told about them before.
    """
    told = reasons.with_all(question) if decision.sells or all_reasons else question
    may_say = _to_say(told) if decision.sells else review(question) if is_review(decision) else []
    return TaskFacts(
        happened=tuple(_happened(told) or _held(question, decision)),
        why_now=tuple(_why_now(question, told, decision)),
        say=tuple(may_say),
        do_not_say=tuple(_not_to_say(question, decision)),
        next_step=tuple(_next_step(question, told, decision)),
    )


def is_review(decision: Decision) -> bool:
    """A renewal without a valid claim: usage is reviewed together, nothing is proposed (R-043)."""
    return "renewal" in decision.signals and decision.answer("value").code == claims.REVIEW_ONLY


def is_seats_instead(decision: Decision) -> bool:
    """People are joining, and seats are cheaper than the step: they are offered instead, if nothing
    else blocks (R-143).
    """
    return (
        decision.blocked_by == ("value",) and decision.answer("value").code == claims.SEATS_CHEAPER
    )


def _happened(question: Question) -> list[SaidFacts]:
    found, crossing = [], question.crossing
    meter = question.catalog.meters.get(crossing.meter) if crossing is not None else None
    if crossing is not None and meter is not None:
        reached = say(
            "signal.again" if crossing.again else "signal.usage_limit",
            meter=meter_name(meter),
            threshold=_threshold(crossing),
        )
        usage = say(
            "signal.usage",
            meter=meter_name(meter),
            used=plain(crossing.used),
            percent=crossing.percent,
        )
        found += [reached, limited(usage, crossing.limit)]
    told = reasons.by_importance(question.signals)
    found += [said for signal in told[: reasons.MOST] for said in _signal(question, signal)]
    return (
        [*found, say("signal.more", count=len(told) - reasons.MOST)]
        if len(told) > reasons.MOST
        else found
    )


def _signal(question: Question, signal: Signal) -> list[SaidFacts]:
    if signal.type in ("usage_limit", "repeated_limit", "forecast_limit"):
        return _limit_signal(question, signal)
    match signal.type:
        case "feature_requested":
            return [_requested(question, signal.key)]
        case "team_growth":
            return [
                say(
                    "signal.team_growth", count=stated(signal, "count"), role=stated(signal, "role")
                )
            ]
        case "better_support":
            asks = needs.urgent_asks(question.facts.record, question.at)
            return [say("signal.better_support", count=asks)]
        case "compliance_need":
            return [say("signal.compliance_need", framework=signal.key)]
        case "nps_high":
            return [say("signal.nps_high", score=stated(signal, "score"))]
        case "renewal":
            day = signal.evidence.get("renewal_date")
            return [say("signal.renewal", date=_text(day))] if day else []
        case "pre_purchase":
            quoted = question.catalog.plans.get(str(stated(signal, "plan")))
            return [say("signal.pre_purchase", plan=named(quoted.name))] if quoted else []
        case "cancel_intent":
            return [say("signal.cancel_intent")]
        case _:
            return []


def _limit_signal(question: Question, signal: Signal) -> list[SaidFacts]:
    """A signal of one meter. The crossing itself has been told already."""
    meter = question.catalog.meters.get(signal.key)
    if meter is None:
        return []
    match signal.type:
        case "usage_limit":
            is_new = question.crossing is not None and question.crossing.meter == signal.key
            usage = question.facts.usage.get(signal.key)
            return [*_stood(meter, signal), _usage(meter, usage)] if usage and not is_new else []
        case "forecast_limit":
            when = signal.evidence.get("reaches_limit_at")
            if when is None:
                return []
            return [say("signal.forecast_limit", meter=meter_name(meter), date=_text(when))]
        case _:
            return [say("signal.repeated_limit", meter=meter_name(meter))]


def _requested(question: Question, feature: str) -> SaidFacts:
    return say(
        "signal.feature_requested",
        feature=feature_name(question, feature),
        count=needs.requests(question.facts.record, feature, question.at),
    )


def _stood(meter: Meter, signal: Signal) -> list[SaidFacts]:
    threshold = stood_at(signal)
    return (
        []
        if threshold is None
        else [say("signal.usage_limit", meter=meter_name(meter), threshold=threshold)]
    )


def _usage(meter: Meter, usage: Usage) -> SaidFacts:
    return limited(
        say("signal.usage", meter=meter_name(meter), used=plain(usage.used), percent=usage.percent),
        usage.limit,
    )


def _deadline(question: Question, signal: Signal) -> list[SaidFacts]:
    """R-145: the deadline, if known, makes it urgent."""
    need = next(
        (
            one
            for one in needs.live_compliance(question.facts.record, question.at)
            if one.framework == signal.key
        ),
        None,
    )
    if need is None or need.deadline is None:
        return []
    days = (need.deadline - question.at.astimezone(question.facts.account.zone).date()).days
    return [
        say(
            "signal.compliance_deadline",
            framework=signal.key,
            deadline=need.deadline.isoformat(),
            days=days,
        )
    ]


_WHY = {
    "team_growth": "why.growing",
    "feature_requested": "why.asked",
    "better_support": "why.asked",
    "nps_high": "why.content",
    "renewal": "why.renewal",
    "pre_purchase": "why.quote",
    "cancel_intent": "why.leaving",
}


def _why_now(question: Question, told: Question, decision: Decision) -> list[SaidFacts]:
    found = _about_limit(told)
    for signal in reasons.by_importance(told.signals):
        found += (
            _deadline(told, signal)
            if signal.type == "compliance_need"
            else [say(_WHY[signal.type])]
            if signal.type in _WHY
            else []
        )
    if not told.signals and decision.remedies:
        found.append(say("why.remedy"))
    if decision.late:
        found.append(say("why.late"))
    if decision.sells and _joins(question):
        found.append(say("why.merged"))
    return [said for index, said in enumerate(found) if said not in found[:index]]


def _about_limit(question: Question) -> list[SaidFacts]:
    """How full the meter is and when it resets: the one that crossed, or the fullest reported."""
    signal, crossing = limit_signal(question), question.crossing
    usage = question.facts.usage.get(crossing.meter if crossing else signal.key if signal else "")
    used, limit = (
        (crossing.used, crossing.limit)
        if crossing
        else (usage.used, usage.limit)
        if usage
        else (None, None)
    )
    if used is None or limit is None:
        return []
    found = [say("why.at_limit" if used >= limit else "why.before_wall")]
    return (
        [*found, say("why.resets", date=iso(usage.period_end))]
        if usage is not None and usage.period_end is not None
        else found
    )


def _joins(question: Question) -> bool:
    """Whether one of the reasons is new to an opportunity that is already open."""
    existing = opportunity.open_opportunity(question) if question.offers else None
    return existing is not None and not {signal.type for signal in question.signals} <= set(
        existing.reasons
    )


def _to_say(question: Question) -> list[SaidFacts]:
    """For the owner to say: the line about the limit, checked sentences, the cost of waiting."""
    if question.add_on is not None:
        return _about_add_on(question, question.add_on)
    found = [*_limit_line(question), *_before_signature(question), *offered(question)]
    cost = waiting(question) if question.worth.roi else None
    if cost is not None and cost.months > 1:
        found.append(say("objection.wait", **cost.variables()))
    return found


def _before_signature(question: Question) -> list[SaidFacts]:
    """For those about to sign (R-045): what the next plan adds, and for how much more."""
    found = quote_line(question) if question.raised("pre_purchase") else None
    if found is None:
        return []
    difference = say(
        "pre_purchase.quote",
        plan=named(found.quoted.name),
        diff=found.difference,
        next=named(found.following.name),
    )
    return [say("pre_purchase.general"), difference]


def _limit_line(question: Question) -> list[SaidFacts]:
    """One line per meter, also when it is decided again: the limit is still reached, only the
    notice went out earlier.
    """
    return [
        said
        for meter, threshold in _standing(question).items()
        for said in _reached(question, meter, threshold)
    ]


def _standing(question: Question) -> dict[str, ThresholdFacts | None]:
    """By meter, the threshold that was reached."""
    reached = (
        {question.crossing.meter: _threshold(question.crossing)}
        if question.crossing is not None
        else {}
    )
    for signal in reasons.by_importance(question.signals):
        if signal.type == "usage_limit":
            reached.setdefault(signal.key, stood_at(signal))
    return reached


def _reached(question: Question, meter: str, threshold: ThresholdFacts | None) -> list[SaidFacts]:
    known, target = question.catalog.meters.get(meter), question.target
    if known is None or target is None or threshold is None or meter not in target.limits:
        return []
    near = isinstance(threshold, int) and 95 <= threshold < 100
    key = "usage.users.95" if near else "usage.storage.90"
    return [
        limited(
            say(key, meter=meter_name(known), threshold=threshold, plan=named(target.name)),
            target.limit(meter),
        )
    ]


def _about_add_on(question: Question, add_on: AddOnOffer) -> list[SaidFacts]:
    """The line about the limit, and what the add-on gives at what price."""
    meter = question.catalog.meters[add_on.meter]
    threshold = _standing(question).get(meter.id)
    item, usage = add_on_item(add_on), question.facts.usage[meter.id]
    reached = (
        []
        if threshold is None
        else [say(REACHED_BESIDE, meter=meter_name(meter), threshold=threshold, item=item)]
    )
    gives = say(
        "add_on.gives.for",
        meter=meter_name(meter),
        item=item,
        to=plain(add_on.limit),
        price=_priced(add_on.price),
    )
    return [*reached, limited(gives, usage.limit)]


def _priced(step: PriceStep) -> Name:
    """The price of a step in words."""
    return Name(en=price_text(step.facts(), "en"), ja=price_text(step.facts(), "ja"))


def _threshold(crossing: Crossing) -> ThresholdFacts | None:
    if crossing.threshold.at is not None:
        return AbsoluteThreshold(plain(crossing.threshold.at))
    return crossing.threshold.percent


def _held(question: Question, decision: Decision) -> list[SaidFacts]:
    """If nothing was raised: what now blocks proposals and asks for a remedy (R-073)."""
    remedied = {remedy.gate for remedy in decision.remedies}
    found = [gate for gate in decision.gates if gate.gate in remedied]
    return [say("signal.held", reason=_reasons(question, found))] if found else []


def _reasons(question: Question, gates: Sequence[GateAnswer]) -> Name:
    """Why nothing is proposed; the next step or the decision says when that ends."""
    zone = question.facts.account.time_zone

    def said(locale: str, between: str) -> str:
        return between.join(gate_reason(gate.json(), locale, zone) for gate in gates)

    return Name(en=said("en", "; "), ja=said("ja", "。"))


def _not_to_say(question: Question, decision: Decision) -> list[SaidFacts]:
    blocking = [gate for gate in decision.gates if gate.answer.result == "block"]
    if is_seats_instead(decision):
        return [say("avoid.cheaper")] if question.next_plan else []
    if blocking:
        return [say("avoid.upgrade", reason=_reasons(question, blocking))]
    found = [say("avoid.price_first"), say("avoid.claims")] if decision.sells else []
    if decision.sells and question.add_on is not None and question.add_on.step_year is not None:
        found.insert(0, say("avoid.step", item=add_on_item(question.add_on)))
    return [*found, say("avoid.unconfirmed")] if question.facts.record.gated else found


def _next_step(question: Question, told: Question, decision: Decision) -> list[SaidFacts]:
    if decision.sells:
        return [*_selling_step(question, decision), *_seats(told, decision)]
    found = [say(f"remedy.{remedy.task}", due=iso(remedy.due_at)) for remedy in decision.remedies]
    if decision.retry_at is not None:
        found.append(say("next.retry", date=iso(decision.retry_at)))
    found += _seats(question, decision)
    return found or [say("next.watch")]


def _seats(question: Question, decision: Decision) -> list[SaidFacts]:
    """If people are joining and the step would cost more than seats (R-143); nothing is sold to
    accounts that must be left alone.
    """
    if question.raised("team_growth") is None or question.worth.team_growth:
        return []
    if is_seats_instead(decision) and question.add_on is not None:
        return [
            _instead(
                question,
                question.add_on.id,
                question.add_on.quantity,
                question.add_on.year,
                question.add_on.currency,
            )
        ]
    units = question.worth.units
    if units is None or not (
        is_seats_instead(decision) or (decision.sells and question.target is not None)
    ):
        return []
    return [_instead(question, units.add_on, units.quantity, units.year, units.currency)]


def _instead(question: Question, key: str, count: int, year: Decimal, currency: str) -> SaidFacts:
    """Single seats, or another add-on of the plan, by its name."""
    costs, sold = money_facts(year, currency), question.catalog.add_ons.get(key)
    if question.plan is not None and key in question.plan.extra:
        if key == needs.people_meter(question.catalog):
            return say("next.seats", count=count, year=costs)
        sold = None
    return say(
        "next.add_on",
        name=named((sold or question.catalog.meters[key]).name),
        count=count,
        year=costs,
    )


def _offer_step(add_on: AddOnOffer, question: Question) -> SaidFacts:
    """What to offer, compared with what the step up would add: the two are not equivalent."""
    year = money_facts(add_on.year, add_on.currency)
    if add_on.step_year is None or question.next_plan is None:
        return say("next.offer_add_on", item=add_on_item(add_on), year=year)
    step = money_facts(add_on.step_year, add_on.currency)
    return say(
        "next.offer_add_on.instead",
        item=add_on_item(add_on),
        year=year,
        plan=named(question.next_plan.name),
        step=step,
    )


def _price(question: Question) -> list[SaidFacts]:
    """The price of the step and the difference to now: the person who sells needs both."""
    plan, target = question.plan, question.target
    step = price_step(plan, target, question.facts.subscription) if plan and target else None
    if step is None or target is None:
        return []
    return [
        say(
            "next.price",
            plan=named(target.name),
            cost=_priced(step),
        )
    ]


def _selling_step(question: Question, decision: Decision) -> list[SaidFacts]:
    if decision.outcome == "proposal" or question.route is None:
        unheard = question.facts.subscription is not None and not question.facts.buyers
        return [say("next.no_buyer" if unheard else "next.watch")]
    ae = question.facts.account.ae
    owner = PersonFacts(ae.name, ae.email or None) if ae else None
    found = []
    qualified = question.qualification
    if qualified is not None and qualified.verdict == "nurture":
        found.append(say("next.nurture"))
    found.append(
        {"sales": say("next.handoff", owner=owner), "hybrid": say("next.join", owner=owner)}.get(
            question.route.owner, say("next.talk")
        )
    )
    found += (
        _price(question) if question.add_on is None else [_offer_step(question.add_on, question)]
    )
    if qualified is not None and qualified.questions:
        found += [say("next.ask"), *(say(key) for key in qualified.questions)]
    advised = question.recommendation
    if (
        advised is not None
        and question.add_on is None
        and advised.approval
        and advised.covering is not None
    ):
        found.append(
            say("next.approval", plan=named(advised.plan.name), option=named(advised.covering.name))
        )
    return found


def _text(moment: object) -> str:
    """A moment or a day; as text already, if the signal was stored."""
    if isinstance(moment, datetime):
        return iso(moment)
    return moment.isoformat() if isinstance(moment, date) else str(moment)
