"""An account that a person looks after: the person is asked first, and if they do nothing the offer
goes out (BP-07). Pure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.findings import routing
from services.trigger.proposals.effects.basis import Ruling
from shared.values.periods import business_days_later

PERSON_FIRST = "person_first"
"""The timer, one for each decision."""
DAYS = 2


def asks(decision: Decision) -> bool:
    route = decision.route
    return (
        decision.outcome == "assisted" and route is not None and route.rule == routing.PERSON_FIRST
    )


def payload(ruling: Ruling) -> Mapping[str, Any]:
    """What the timer needs: when, and which reasons were told."""
    decision, account = ruling.decision, ruling.question.facts.account
    country = account.country if ruling.question.policy.holidays else None
    at = business_days_later(decision.at, DAYS, account.time_zone, country)
    return {
        "account": decision.account,
        "decision": decision.id,
        "at": at.isoformat(),
        "signals": [[one.type, one.key] for one in ruling.question.signals],
    }


def still(loaded: Loaded, told: Mapping[str, Any], now: datetime) -> tuple[Signal, ...]:
    """The reasons of that decision that still hold."""
    names = {(type_, key) for type_, key in told["signals"]}
    found = (one.signal for one in loaded.opened)
    return tuple(one for one in found if (one.type, one.key) in names and one.holds(now))
