"""How loyal the account is: four indicators (yes, no, unknown) and a segment (R-050..R-055)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from services.trigger.judgement.facts.facts import Facts, active_days, began_within, last_nps
from services.trigger.judgement.facts.record import PROMOTER, Record, Verdict
from shared.catalog import Policy
from shared.values.periods import local_date, months_between

Segment = Literal["high", "medium", "low"]
TENURE_MONTHS = 6
ENQUIRY_DAYS = 90
WEIGHT_OF_CLASS = {
    "feature_expansion": 1,
    "how_to_utilise": 1,
    "bug": -1,
    "complaint": -1,
    "cancel": -2,
}


class LoyaltyShown(TypedDict):
    """Four indicators and the segment that follows."""

    segment: Segment
    tenure: Verdict
    logins: Verdict
    nps: Verdict
    enquiries: Verdict


@dataclass(frozen=True, slots=True)
class Loyalty:
    segment: Segment
    tenure: Verdict
    logins: Verdict
    nps: Verdict
    enquiries: Verdict

    def json(self) -> LoyaltyShown:
        return {
            "segment": self.segment,
            "tenure": self.tenure,
            "logins": self.logins,
            "nps": self.nps,
            "enquiries": self.enquiries,
        }


def loyalty(facts: Facts, policy: Policy, now: datetime) -> Loyalty:
    checks = (
        tenure(facts, now),
        logins(facts, policy, now),
        nps(facts.record, policy, now),
        enquiries(facts.record, now),
    )
    return Loyalty(segment(*checks), *checks)


def segment(tenure: Verdict, logins: Verdict, nps: Verdict, enquiries: Verdict) -> Segment:
    """high: all four, or three with the NPS; medium: two, or three without it; low: fewer.

    Unknown is not a yes.
    """
    met = [tenure, logins, nps, enquiries].count("yes")
    if met == 4 or (met == 3 and nps == "yes"):
        return "high"
    return "medium" if met >= 2 else "low"


def tenure(facts: Facts, now: datetime) -> Verdict:
    """R-050: a customer for at least six calendar months, by local dates."""
    first = facts.contract.started_at if facts.subscription else None
    since = facts.contract.customer_since or first
    if since is None:
        return "unknown"
    zone = facts.account.time_zone
    return _yes(months_between(local_date(since, zone), local_date(now, zone)) >= TENURE_MONTHS)


def logins(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """R-051: enough active days in 30."""
    days = active_days(facts, now)
    return "unknown" if days is None else _yes(days >= policy.login_target_30d)


def nps(record: Record, policy: Policy, now: datetime) -> Verdict:
    """R-052: 9 or 10; an answer older than 90 days does not count."""
    newest = last_nps(record, now, policy.nps_max_age_days)
    return "unknown" if newest is None else _yes(newest.score >= PROMOTER)


def enquiries(record: Record, now: datetime) -> Verdict:
    """R-053: a positive in 90 days, no more negatives than positives (a cancellation is two)."""
    weights = [
        WEIGHT_OF_CLASS.get(t.cls or "", 0)
        for t in record.tickets.values()
        if began_within(t, now, ENQUIRY_DAYS)
    ]
    if not weights:
        return "unknown"
    positive = sum(weight for weight in weights if weight > 0)
    return _yes(positive >= 1 and sum(weights) >= 0)


def _yes(holds: bool) -> Verdict:
    return "yes" if holds else "no"
