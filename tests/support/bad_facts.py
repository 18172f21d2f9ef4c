"""Account facts that cannot be true or cannot be parsed, each with the path of its fault: for an
account with a signed subscription to `pro`.
"""

from typing import Any

LONG = "x" * 10_001
VALUE: dict[str, Any] = {
    "hours": 10,
    "hours_basis": "team_total",
    "hours_period": "week",
    "hourly_rate": 50,
    "currency": "USD",
    "source": "customer_stated",
}
PROOF = {"criterion": "wall", "kind": "workaround_built", "text": "polls the API"}
ORDER: dict[str, Any] = {"plan": "pro", "started_at": "2024-07-01T00:00:00Z"}


def _without(data: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}


BAD: list[tuple[str, Any, str]] = [
    # scores
    ("nps.responded", {"score": 11}, "/data/score"),
    ("nps.responded", {"score": -1}, "/data/score"),
    ("nps.responded", {"score": "9"}, "/data/score"),
    ("nps.responded", {"score": 9.5}, "/data/score"),
    ("nps.responded", {"score": True}, "/data/score"),
    ("nps.responded", {}, "/data/score"),
    ("nps.responded", None, "/data"),
    ("nps.responded", {"score": 9, "comment": LONG}, "/data/comment"),
    ("csat.responded", {"score": 0}, "/data/score"),
    ("csat.responded", {"score": 6}, "/data/score"),
    # features, logins, tickets
    ("feature.used", {"feature": "teleport"}, "/data/feature"),
    ("feature.gated", {"feature": "teleport"}, "/data/feature"),
    ("feature.requested", {"feature": ""}, "/data/feature"),
    ("feature.requested", {"text": "SSO"}, "/data/feature"),
    ("login.recorded", {"user": "u" * 257}, "/data/user"),
    ("login.recorded", {"user": "a\nb"}, "/data/user"),
    ("ticket.opened", {"ticket": "t1", "class": "rage"}, "/data/class"),
    ("ticket.opened", {"class": "bug"}, "/data/ticket"),
    ("ticket.opened", {"ticket": "t1", "class": "bug", "severity": "worst"}, "/data/severity"),
    ("ticket.classified", {"ticket": "t1", "class": "bug", "feature": "teleport"}, "/data/feature"),
    ("ticket.closed", {"ticket": 7}, "/data/ticket"),
    # what they want and need
    ("team.growth", {"count": 0}, "/data/count"),
    ("team.growth", {"count": -3}, "/data/count"),
    ("team.growth", {"count": 1.5}, "/data/count"),
    ("team.growth", {"count": 10**12}, "/data/count"),
    ("compliance.need", {"framework": "SOC2", "deadline": "2025-02-30"}, "/data/deadline"),
    ("compliance.need", {"deadline": "2025-12-15"}, "/data/framework"),
    ("need.stated", {"feature": "teleport"}, "/data/feature"),
    ("need.stated", {"meter": "parsecs"}, "/data/meter"),
    ("need.stated", {"text": "more"}, "/data/feature"),
    ("need.stated", {"feature": "sso", "meter": "seats"}, "/data/meter"),
    ("evidence.recorded", {**PROOF, "criterion": "charm"}, "/data/criterion"),
    ("evidence.recorded", {**PROOF, "verdict": "unknown"}, "/data/verdict"),
    ("evidence.recorded", _without(PROOF, "text"), "/data/text"),
    # money
    ("budget.stated", {"status": "maybe", "said_by": "c1"}, "/data/status"),
    ("budget.stated", {"status": "yes"}, "/data/said_by"),
    ("budget.stated", {"status": "yes", "said_by": "c1", "amount": "-1"}, "/data/amount"),
    ("quote.presented", {"plan": "enterprise", "price": "-5"}, "/data/price"),
    ("quote.presented", {"plan": "enterprise", "price": "NaN"}, "/data/price"),
    ("quote.presented", {"plan": "enterprise", "price": "much"}, "/data/price"),
    ("quote.presented", {"plan": "enterprise", "price": "1000000000000000000"}, "/data/price"),
    ("quote.presented", {"plan": "platinum"}, "/data/plan"),
    ("quote.presented", {"plan": "pro"}, "/data/plan"),  # they have signed for it
    ("quote.presented", {}, "/data/plan"),
    ("contract.signed", {"plan": "platinum"}, "/data/plan"),
    ("value.stated", _without(VALUE, "hours_basis"), "/data/hours_basis"),
    ("value.stated", {**VALUE, "hours_basis": "per_person"}, "/data/members"),
    ("value.stated", {**VALUE, "currency": "EUR"}, "/data/currency"),
    ("value.stated", {**VALUE, "currency": "dollars"}, "/data/currency"),
    ("value.stated", {**VALUE, "hours": 0}, "/data/hours"),
    ("value.stated", {**VALUE, "hours": -10}, "/data/hours"),
    ("value.stated", {**VALUE, "hourly_rate": -50}, "/data/hourly_rate"),
    ("value.stated", {**VALUE, "hourly_rate": "Infinity"}, "/data/hourly_rate"),
    ("value.stated", {**VALUE, "automation_rate": 1.5}, "/data/automation_rate"),
    ("value.stated", {**VALUE, "members": 0}, "/data/members"),
    ("value.stated", {**VALUE, "assumed": ["mood"]}, "/data/assumed/0"),
    ("value.stated", {**VALUE, "activity": {"en": "filing"}}, "/data/activity/ja"),
    ("value.stated", _without(VALUE, "source"), "/data/source"),
    # answers, deals, people
    ("proposal.answered", {"answer": "perhaps"}, "/data/answer"),
    ("deal.stated", {"stakeholders": -1}, "/data/stakeholders"),
    ("deal.stated", {"approval_days": "ten"}, "/data/approval_days"),
    ("deal.stated", {"relationship": "fond"}, "/data/relationship"),
    ("deal.stated", {"custom_terms": "yes"}, "/data/custom_terms"),
    ("contact.unsubscribed", {}, "/data/contact"),
    ("contact.unreachable", {"contact": "c1"}, "/data/reason"),
    # tasks
    ("task.taken", {}, "/data/key"),
    ("task.taken", {"key": "nobody's"}, "/data/key"),
    ("task.snoozed", {"key": "nobody's", "until": "tomorrow"}, "/data/until"),
    ("task.snoozed", {"key": "nobody's", "until": "2026-11-22T00:00:00"}, "/data/until"),
    ("task.done", {"key": "nobody's", "outcome": "perhaps"}, "/data/outcome"),
    ("task.done", {"key": "nobody's", "by": 7}, "/data/by"),
    ("contact.objected", {"contact": ["c1"]}, "/data/contact"),
    # subscriptions
    ("subscription.changed", {**ORDER, "plan": "platinum"}, "/data/plan"),
    ("subscription.changed", _without(ORDER, "started_at"), "/data/started_at"),
    ("subscription.changed", {**ORDER, "quantity": 0}, "/data/quantity"),
    ("subscription.changed", {**ORDER, "price": "-1"}, "/data/price"),
    ("subscription.changed", {**ORDER, "add_ons": {"wings": 1}}, "/data/add_ons/wings"),
    ("subscription.cancelled", {"at": "tomorrow"}, "/data/at"),
    ("such.nonsense", {}, "/type"),
]
