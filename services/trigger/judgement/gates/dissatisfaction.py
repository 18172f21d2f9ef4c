"""Whether the customer is unhappy: negative tickets, bugs, a low NPS or CSAT (R-071, R-075, R-079).

Only negative classes count: someone who asks for a feature that the plan does not include is a good
candidate, not unhappy.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, blocked, passed
from services.trigger.judgement.facts.facts import began_within, within
from services.trigger.judgement.facts.record import Record, Score, Ticket
from services.trigger.judgement.gates.gate import Gate, Instead, business_days
from shared.catalog import Policy
from shared.values.bounds import AHEAD

NEGATIVE = frozenset({"bug", "complaint", "cancel"})
SEVERITIES = ("urgent", "high", "normal", "low")
SEVERE = frozenset(SEVERITIES[:2])
DETRACTOR = 6
UNHAPPY_CSAT = 2
COUNTED_DAYS = 30
MEAN_DAYS = 90
MEAN_COUNTS_FROM = 3
QUIET_DAYS = 14
MOST_LISTED = 100
"""Tickets that a decision describes; the ids of all of them are listed."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One cause of dissatisfaction.

    `ends`: when it expires; `until`: what else ends it, None if only time does.
    """

    reason: str
    evidence: dict[str, Any]
    ends: datetime | None
    until: str | None = None
    tickets: tuple[Ticket, ...] = ()


def gate(case: Case) -> Answer:
    found = complaints(case.facts.record, case.policy, case.at, case.facts.former_contacts)
    if not found:
        return passed("no sign of dissatisfaction")
    reason = "; ".join(one.reason for one in found)
    evidence = _together(found, case.at)
    if all(one.until is None for one in found):
        return blocked(reason, evidence, retry_at=max(one.ends for one in found if one.ends))
    expires = [one.ends for one in found if one.ends]
    words = "; ".join(
        dict.fromkeys(
            one.until or "the last of these tickets has been closed for 14 days" for one in found
        )
    )
    return blocked(
        reason,
        {**evidence, **({"expires_at": max(expires)} if len(expires) == len(found) else {})},
        clears_when=words,
    )


def _together(found: list[Complaint], now: datetime) -> dict[str, Any]:
    """The combined evidence.

    A ticket that counts twice is listed once, and `ticket_details` describes each.
    """
    evidence = {name: value for one in found for name, value in one.evidence.items()}
    counted = {ticket for one in found for ticket in one.evidence.get("tickets", ())}
    if counted:
        evidence["tickets"] = sorted(counted)
    tickets = {ticket.id: ticket for one in found for ticket in one.tickets}
    if tickets:
        ordered = sorted(tickets.values(), key=lambda one: _weight(one, now))
        evidence["ticket_details"] = [_about(ticket, now) for ticket in ordered[:MOST_LISTED]]
    return evidence


def _weight(ticket: Ticket, now: datetime) -> tuple[Any, ...]:
    """Open tickets first, then severe ones, then recent ones."""
    severity = SEVERITIES.index(ticket.severity) if ticket.severity else len(SEVERITIES)
    return not ticket.open_at(now), severity, -ticket.began_last_at.timestamp(), ticket.id


def _about(ticket: Ticket, now: datetime) -> dict[str, Any]:
    return {
        "ticket": ticket.id,
        "class": ticket.cls,
        "severity": ticket.severity,
        "opened_at": ticket.began_at,
        "reopened_at": ticket.reopened_at,
        "open": ticket.open_at(now),
    }


def complaints(
    record: Record, policy: Policy, now: datetime, former: Collection[str] = ()
) -> list[Complaint]:
    """Every current sign of dissatisfaction, strongest first.

    What people said who have since left (`former`) is ignored.
    """
    return [
        *low_scores(record, policy, now, former),
        *severe_bugs(record, policy, now),
        *counted_tickets(record, policy, now),
    ]


def low_scores(
    record: Record, policy: Policy, now: datetime, former: Collection[str] = ()
) -> list[Complaint]:
    """NPS 6 or lower, CSAT 2 or lower: the newest answer of each contact, while it is recent enough
    to count.

    An answer without a contact, or from someone who never was one (a user asked in the product),
    counts for the account.
    """
    scales = (("NPS", record.nps, DETRACTOR), ("CSAT", record.csat, UNHAPPY_CSAT))
    return [
        Complaint(
            f"{name} {score.score} on {score.at.date()}",
            {
                name.lower(): score.score,
                f"{name.lower()}_at": score.at,
                f"{name.lower()}_fact": score.key,
            },
            score.at + timedelta(days=policy.nps_max_age_days),
            "the same contact gives a better answer",
        )
        for name, scores, low in scales
        for score in newest_by_contact(scores, now)
        if score.contact not in former
        and score.score <= low
        and within(score.at, now, policy.nps_max_age_days)
    ]


def newest_by_contact(scores: Iterable[Score], now: datetime) -> list[Score]:
    newest: dict[str, Score] = {}
    for score in sorted(scores, key=lambda score: score.order):
        if score.at <= now + AHEAD:
            newest[score.contact] = score
    return list(newest.values())


def severe_bugs(record: Record, policy: Policy, now: datetime) -> list[Complaint]:
    """High-severity bugs that are still open."""
    bugs = [
        t
        for t in record.tickets.values()
        if t.cls == "bug" and t.severity in SEVERE and t.began_at <= now + AHEAD and t.open_at(now)
    ]
    if not bugs or len(bugs) < policy.open_bugs_block.severe:
        return []
    ids = sorted(bug.id for bug in bugs)
    severe = "1 severe bug open" if len(ids) == 1 else f"{len(ids)} severe bugs open"
    return [Complaint(severe, {"open_bugs": ids}, None, "the severe bugs are closed", tuple(bugs))]


def counted_tickets(record: Record, policy: Policy, now: datetime) -> list[Complaint]:
    """Too many negative tickets or bug reports in 30 days.

    Ends 14 days after the last was closed, or 30 after it was opened.
    """
    negative = negative_tickets(record, now, MEAN_DAYS)
    recent = [ticket for ticket in negative if began_within(ticket, now, COUNTED_DAYS)]
    bugs = [ticket for ticket in recent if ticket.cls == "bug"]
    found = []
    if _many(len(recent), len(negative), policy):
        found.append(
            _counted(f"{len(recent)} negative tickets in {COUNTED_DAYS} days", recent, now)
        )
    if len(bugs) >= policy.open_bugs_block.reports_30d:
        found.append(_counted(f"{len(bugs)} bug reports in {COUNTED_DAYS} days", bugs, now))
    return [one for one in found if one is not None]


def negative_tickets(record: Record, now: datetime, days: int) -> list[Ticket]:
    return [
        ticket
        for ticket in record.tickets.values()
        if ticket.cls in NEGATIVE and began_within(ticket, now, days)
    ]


def _many(recent: int, in_90_days: int, policy: Policy) -> bool:
    """Five or more; or three or more, if twice the account's own 30-day mean over 90 days."""
    return recent >= policy.tickets_high_30d or (
        recent >= MEAN_COUNTS_FROM and recent * 3 >= policy.tickets_high_ratio * in_90_days
    )


def _counted(reason: str, tickets: list[Ticket], now: datetime) -> Complaint | None:
    """None once the last of them has been closed for 14 quiet days.

    A policy that counts from 0 still needs one ticket.
    """
    if not tickets:
        return None
    last_opened = max(ticket.began_last_at for ticket in tickets)
    ends = last_opened + timedelta(days=COUNTED_DAYS)
    if all(not ticket.open_at(now) for ticket in tickets):
        ends = min(
            ends,
            max(ticket.closed_at for ticket in tickets if ticket.closed_at)
            + timedelta(days=QUIET_DAYS),
        )
    if now >= ends:
        return None
    return Complaint(
        reason, {"tickets": sorted(ticket.id for ticket in tickets)}, ends, tickets=tuple(tickets)
    )


DISSATISFIED = Gate(
    "dissatisfied",
    gate,
    suppresses=True,
    remedy=Instead("support_reinforcement", business_days(2)),
)
