"""The gates that hold back a proposal although the limit is reached (R-070..R-080, R-191, R-224,
R-036): never the notice.

Each is a function of the case; none blocks without a fact. `dissatisfied` has its own module.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, blocked, passed
from services.trigger.judgement.facts.facts import Facts, Usage, active_days, within
from services.trigger.judgement.facts.record import Response
from services.trigger.judgement.gates.gate import Gate, Instead, business_days, days
from shared.catalog import Policy
from shared.values.quantities import EXACT

CANCEL_DAYS = 90
ADOPTION_DAYS = 30
ADOPTED_PERCENT = 40


def opted_out(case: Case) -> Answer:
    """Every contact who may buy has refused (BP-25), or shares a mailbox with someone who has."""
    buyers, refusing = case.facts.buyers, case.facts.refusing
    refused = [contact.id for contact in buyers if contact.id in refusing]
    if not buyers or len(refused) < len(buyers):
        return passed(
            f"{len(buyers) - len(refused)} of {len(buyers)} contacts who may buy can be asked",
            {"refused": refused},
        )
    reason = "every contact who may buy has refused proposals"
    return blocked(
        reason, {"contacts": refused}, clears_when="a contact who may buy joins and has not refused"
    )


def cancel_intent(case: Case) -> Answer:
    """R-074: blocks whatever the NPS is. A renewal ends it."""
    cancel, renewed = case.facts.record.cancel, case.facts.record.renewed
    if cancel is None or not within(cancel.at, case.at, CANCEL_DAYS):
        return passed("no cancel intent")
    if renewed is not None and renewed.at > cancel.at:
        return passed("renewed since the cancel intent", {"renewed_at": renewed.at})
    evidence = {"fact": cancel.key, "at": cancel.at, "reason": cancel.reason}
    return blocked(
        f"cancel intent on {cancel.at.date()}",
        evidence,
        retry_at=cancel.at + timedelta(days=CANCEL_DAYS),
    )


def contract_start(facts: Facts) -> datetime | None:
    """When the running contract began: the start of the subscription, or a later signature; a
    change of plan does not count.
    """
    signed = facts.record.signed
    starts = [facts.subscription and facts.contract.started_at, signed and signed.at]
    return max((start for start in starts if start), default=None)


def new_contract(case: Case) -> Answer:
    """R-070, R-046: nothing is sold while the customer is still getting started."""
    start = contract_start(case.facts)
    if start is None:
        return passed("no contract yet")
    ends = start + timedelta(days=case.policy.new_contract_grace_days)
    if case.at >= ends:
        return passed(f"contract since {start.date()}", {"since": start})
    return blocked(
        f"contract since {start.date()}, {(case.at - start).days} days ago",
        {"since": start},
        retry_at=ends,
    )


def low_loyalty(case: Case) -> Answer:
    """R-072: too few active days, or low and falling use of every meter with a limit."""
    days = active_days(case.facts, case.at)
    clears = "they use the product more"
    if days is not None and days <= case.policy.login_low_30d:
        return blocked(
            f"{days} active days in 30 days",
            {"active_days": days, "low": case.policy.login_low_30d},
            clears_when=clears,
        )
    limited = [usage for usage in case.facts.usage.values() if usage.percent is not None]
    if limited and all(_is_low(usage, case.policy) for usage in limited):
        evidence = {
            usage.meter: {"percent": usage.fullness, "trend": usage.trend} for usage in limited
        }
        return blocked(
            f"every meter below {case.policy.usage_low.percent} % and falling",
            evidence,
            clears_when=clears,
        )
    return passed(
        "active days unknown" if days is None else f"{days} active days in 30 days",
        {"active_days": days},
    )


def _is_low(usage: Usage, policy: Policy) -> bool:
    if usage.fullness is None or usage.trend is None:
        return False
    return usage.fullness < policy.usage_low.percent and usage.trend <= policy.usage_low.trend


def adoption(case: Case) -> tuple[int, int] | None:
    """(features of the plan used in 30 days, features of the plan).

    None: no feature use was ever recorded, or the plan lists none.
    """
    if case.plan is None or not case.plan.features or not case.facts.record.used:
        return None
    used = sum(
        1
        for name in case.plan.features
        if within(case.facts.record.used.get(name), case.at, ADOPTION_DAYS)
    )
    return used, len(case.plan.features)


def not_adopted(case: Case) -> Answer:
    """R-077: someone who struggles with the basics is not helped by more features."""
    found = adoption(case)
    if found is None:
        return passed("use of features unknown")
    used, offered = found
    words, evidence = (
        f"{used} of {offered} features used in 30 days",
        {"used": used, "offered": offered},
    )
    if used * 100 < ADOPTED_PERCENT * offered:
        return blocked(words, evidence, clears_when="they use more of the plan's features")
    return passed(words, evidence)


def recent_downsell(case: Case) -> Answer:
    """R-224: no upsell for half a year after a move to a lower plan."""
    days = case.policy.downsell_cooldown_days
    downs = [
        move
        for move in case.facts.moves
        if move.kind == "downgrade" and within(move.at, case.at, days)
    ]
    if not downs:
        return passed("no recent move to a lower plan")
    last = max(downs, key=lambda move: move.at)
    evidence = {"at": last.at, "from": last.from_plan, "to": last.to_plan}
    return blocked(
        f"moved to a lower plan on {last.at.date()}",
        evidence,
        retry_at=last.at + timedelta(days=days),
    )


def recently_declined(case: Case) -> Answer:
    """R-080, R-191: a "no" counts for a while, unless a limit is newly reached in full."""
    days = case.policy.decline_cooldown_days
    declines = [
        reply
        for reply in _last_words(case)
        if reply.answer == "declined" and within(reply.at, case.at, days)
    ]
    if not declines:
        return passed("no proposal was declined recently")
    last = max(declines, key=lambda reply: reply.order)
    evidence = {"fact": last.key, "at": last.at, "contact": last.contact}
    if (
        case.crossing is not None
        and case.crossing.threshold.percent == 100
        and not case.crossing.again
    ):
        return passed(f"declined on {last.at.date()}, but a limit is newly reached", evidence)
    return blocked(
        f"declined on {last.at.date()}", evidence, retry_at=last.at + timedelta(days=days)
    )


def _last_words(case: Case) -> list[Response]:
    """The newest yes or no of each contact (None: the account's)."""
    last: dict[str | None, Response] = {}
    for reply in sorted(case.facts.record.answers, key=lambda reply: reply.order):
        if reply.answer in ("accepted", "declined"):
            last[reply.contact] = reply
    return list(last.values())


def frequency_cap(case: Case) -> Answer:
    """R-080, BP-24: limits the number of proposals. A higher threshold of the same meter, a day
    later, is an escalation and exempt.

    A cap of 0 means never, whatever its days: it does not end on any day.
    """
    sent = [one for one in case.facts.sent if one.counts and one.at <= case.at]
    types = {signal.type for signal in case.signals}
    paused = sorted(types & case.facts.paused_plays)
    if paused and len(paused) == len(types):
        reason = f"play_paused: {', '.join(paused)}"
        return blocked(reason, {"plays": paused}, clears_when="the play is resumed")
    if any(cap.count == 0 for cap in case.policy.proposal_cap):
        return blocked(
            "proposals are off: the policy allows none",
            {"off": True},
            clears_when="the policy allows proposals",
        )
    if is_escalation(case):
        return passed("a higher threshold of a meter that already led to a proposal")
    over = [
        (cap, [one for one in sent if within(one.at, case.at, cap.days)])
        for cap in case.policy.proposal_cap
    ]
    full = [(cap, counted) for cap, counted in over if len(counted) >= cap.count]
    if not full:
        return passed(
            "below the cap", {"sent_30d": sum(within(one.at, case.at, 30) for one in sent)}
        )
    retry = max(
        sorted(one.at for one in counted)[-cap.count] + timedelta(days=cap.days)
        for cap, counted in full
    )
    words = ", ".join(f"{len(counted)} in {cap.days} days" for cap, counted in full)
    return blocked(
        f"proposals sent: {words}",
        {"sent": [one.at for _, counted in full for one in counted]},
        retry_at=retry,
    )


def is_escalation(case: Case) -> bool:
    """The same meter, a higher threshold, at least 24 hours after the last proposal about it."""
    found = case.crossing
    if found is None:
        return False
    earlier = [one for one in case.facts.sent if one.meter == found.meter and one.at <= case.at]
    level = threshold_percent(found.threshold.percent, found.threshold.at, found.limit)
    if not earlier or level is None:
        return False
    return all(
        one.percent is not None and one.percent < level and case.at - one.at >= timedelta(hours=24)
        for one in earlier
    )


def threshold_percent(
    percent: int | None, at: Decimal | None, limit: Decimal | None
) -> Decimal | None:
    """A threshold as a percentage of the limit; an absolute one by its ratio."""
    if percent is not None:
        return Decimal(percent)
    return (
        EXACT.divide(EXACT.multiply(at, Decimal(100)), limit) if at is not None and limit else None
    )


OPTED_OUT = Gate("opted_out", opted_out, suppresses=True)
CANCEL_INTENT = Gate(
    "cancel_intent",
    cancel_intent,
    suppresses=True,
    remedy=Instead("retention", business_days(1)),
)
NEW_CONTRACT = Gate(
    "new_contract", new_contract, suppresses=True, remedy=Instead("onboarding", days(7))
)
LOW_LOYALTY = Gate(
    "low_loyalty",
    low_loyalty,
    suppresses=True,
    remedy=Instead("training", days(7)),
    ended_by=frozenset({"login.recorded"}),
)
NOT_ADOPTED = Gate(
    "not_adopted",
    not_adopted,
    suppresses=True,
    remedy=Instead("adoption", days(7)),
    ended_by=frozenset({"feature.used"}),
)
RECENT_DOWNSELL = Gate("recent_downsell", recent_downsell, suppresses=True)
RECENTLY_DECLINED = Gate("recently_declined", recently_declined, suppresses=True)
FREQUENCY_CAP = Gate("frequency_cap", frequency_cap, suppresses=True)
