"""Adds facts to the record one by one: `grow(record, fact)` gives the same record in any order, as
long as all of it fits the caps.

Each kind of entry is a set, a newest value, or both; ties are broken by the fact's key. Entries
older than any rule reads are dropped, relative to the day of the newest fact so that order does not
matter here either. The caps are in `capacity.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from services.trigger.judgement.facts import capacity
from services.trigger.judgement.facts import types as given
from services.trigger.judgement.facts.record import (
    Ask,
    Budget,
    Compliance,
    Deal,
    Entry,
    Growth,
    Moment,
    Need,
    Offer,
    Proof,
    Record,
    Response,
    Score,
    Stated,
    Ticket,
)

KEPT = timedelta(days=400)
KEPT_LOGINS = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Fact:
    """A checked fact.

    `key` is unique within the account: source and id. `zone`: the account's, for the day of a
    login.
    """

    type: str
    key: str
    at: datetime
    data: given.Data
    zone: ZoneInfo


E = TypeVar("E", bound=Entry)


def grow(record: Record, fact: Fact) -> Record:
    """The record with one more fact."""
    return added(record, fact)[0]


def added(record: Record, fact: Fact) -> tuple[Record, capacity.LetGo]:
    """The record with one more fact, and what was dropped because of a cap."""
    before = record.newest
    newest = max(before, fact.at) if before else fact.at
    rule = _RULES.get(fact.type)
    grown = replace(record, newest=newest, **(rule(record, fact, fact.data) if rule else {}))
    is_new_day = before is None or newest.date() != before.date()
    kept = KEPT_LOGINS if fact.type == "login.recorded" else KEPT
    return capacity.capped(_let_go(grown) if is_new_day or fact.at < _day(newest) - kept else grown)


def _newer(old: E | None, new: E) -> E:
    return new if old is None or new.order >= old.order else old


Changes = dict[str, Any]


def _login(record: Record, fact: Fact, data: given.Login) -> Changes:
    day = fact.at.astimezone(fact.zone).date()
    month = day.isoformat()[:7]
    users = record.active_users.get(month, ())
    grown = (
        users if data.user in users else tuple(sorted((*users, data.user)))[: capacity.MOST_USERS]
    )
    days = (
        record.active_days
        if day in record.active_days
        else tuple(sorted((*record.active_days, day)))
    )
    return {"active_days": days, "active_users": {**record.active_users, month: grown}}


def _used(record: Record, fact: Fact, data: given.FeatureUse) -> Changes:
    last = record.used.get(data.feature)
    return {"used": {**record.used, data.feature: max(last, fact.at) if last else fact.at}}


def _gated(record: Record, fact: Fact, data: given.FeatureUse) -> Changes:
    return {"gated": _asked(record.gated, fact, data)}


def _requested(record: Record, fact: Fact, data: given.FeatureUse) -> Changes:
    return {"requested": _asked(record.requested, fact, data)}


def _asked(
    asks: Mapping[str, tuple[Ask, ...]], fact: Fact, data: given.FeatureUse
) -> dict[str, tuple[Ask, ...]]:
    return {
        **asks,
        data.feature: capacity.newest(
            asks.get(data.feature, ()), Ask(at=fact.at, key=fact.key, text=data.text)
        ),
    }


def _sorted_ticket(record: Record, fact: Fact, data: given.TicketSorted) -> Changes:
    """Class, severity and feature each take their newest value; openings keep first and last."""
    ticket, order = record.tickets.get(data.ticket, Ticket(data.ticket)), (fact.at, fact.key)
    if fact.type == "ticket.opened":
        ticket = _opened(ticket, fact.at)
    if ticket.classified is None or order >= ticket.classified:
        ticket = replace(ticket, cls=data.cls, classified=order)
    if data.severity is not None and (ticket.rated is None or order >= ticket.rated):
        ticket = replace(ticket, severity=data.severity, rated=order)
    if data.feature is not None and (ticket.about is None or order >= ticket.about):
        ticket = replace(ticket, feature=data.feature, about=order)
    return {"tickets": {**record.tickets, data.ticket: ticket}}


def _opened(ticket: Ticket, at: datetime) -> Ticket:
    moments = {
        moment for moment in (ticket.opened_at, ticket.reopened_at, at) if moment is not None
    }
    return replace(
        ticket, opened_at=min(moments), reopened_at=max(moments) if len(moments) > 1 else None
    )


def _answered_ticket(record: Record, fact: Fact, data: given.TicketStep) -> Changes:
    ticket = record.tickets.get(data.ticket, Ticket(data.ticket))
    first = min(ticket.answered_at, fact.at) if ticket.answered_at else fact.at
    return {"tickets": {**record.tickets, data.ticket: replace(ticket, answered_at=first)}}


def _closed_ticket(record: Record, fact: Fact, data: given.TicketStep) -> Changes:
    ticket = record.tickets.get(data.ticket, Ticket(data.ticket))
    last = max(ticket.closed_at, fact.at) if ticket.closed_at else fact.at
    return {"tickets": {**record.tickets, data.ticket: replace(ticket, closed_at=last)}}


def _score(fact: Fact, data: given.Nps | given.Csat) -> Score:
    return Score(at=fact.at, key=fact.key, score=data.score, contact=data.contact or "")


def _nps(record: Record, fact: Fact, data: given.Nps) -> Changes:
    return {"nps": capacity.newest(record.nps, _score(fact, data))}


def _csat(record: Record, fact: Fact, data: given.Csat) -> Changes:
    return {"csat": capacity.newest(record.csat, _score(fact, data))}


def _growth(record: Record, fact: Fact, data: given.TeamGrowth) -> Changes:
    return {
        "growth": capacity.newest(
            record.growth, Growth(at=fact.at, key=fact.key, count=data.count, role=data.role)
        )
    }


def _compliance(record: Record, fact: Fact, data: given.ComplianceNeed) -> Changes:
    need = Compliance(at=fact.at, key=fact.key, framework=data.framework, deadline=data.deadline)
    return {"compliance": capacity.newest(record.compliance, need)}


def _budget(record: Record, fact: Fact, data: given.BudgetStated) -> Changes:
    return {
        "budget": _newer(
            record.budget,
            Budget(
                at=fact.at,
                key=fact.key,
                status=data.status,
                said_by=data.said_by,
                amount=data.amount,
            ),
        )
    }


def _cancel(record: Record, fact: Fact, data: given.CancelIntent) -> Changes:
    return {"cancel": _newer(record.cancel, Moment(at=fact.at, key=fact.key, reason=data.reason))}


def _offer(fact: Fact, data: given.Offered) -> Offer:
    return Offer(at=fact.at, key=fact.key, plan=data.plan, price=data.price)


def _quote(record: Record, fact: Fact, data: given.Offered) -> Changes:
    return {"quote": _newer(record.quote, _offer(fact, data))}


def _signed(record: Record, fact: Fact, data: given.Offered) -> Changes:
    return {"signed": _newer(record.signed, _offer(fact, data))}


def _renewed(record: Record, fact: Fact, data: given.SubscriptionChange) -> Changes:
    return {"renewed": _newer(record.renewed, Moment(at=fact.at, key=fact.key))}


def _opted_out(record: Record, fact: Fact, data: given.ContactChoice) -> Changes:
    first = record.opted_out.get(data.contact)
    return {
        "opted_out": {**record.opted_out, data.contact: min(first, fact.at) if first else fact.at}
    }


def _proof(record: Record, fact: Fact, data: given.Evidence) -> Changes:
    words = {
        "criterion": data.criterion,
        "kind": data.kind,
        "text": data.text,
        "verdict": data.verdict,
        "said_by": data.said_by,
    }
    return {"proofs": capacity.newest(record.proofs, Proof(at=fact.at, key=fact.key, **words))}  # type: ignore[arg-type]


def _need(record: Record, fact: Fact, data: given.NeedStated) -> Changes:
    need = Need(
        at=fact.at,
        key=fact.key,
        feature=data.feature,
        meter=data.meter,
        text=data.text,
        said_by=data.said_by,
    )
    return {"needs": capacity.newest(record.needs, need)}


def stated_of(data: given.ValueStated, at: datetime, key: str) -> Stated:
    return Stated(
        at=at,
        key=key,
        hours=data.hours,
        hours_basis=data.hours_basis,
        hours_period=data.hours_period,
        hourly_rate=data.hourly_rate,
        currency=data.currency,
        source=data.source,
        members=data.members,
        activity={"en": data.activity.en, "ja": data.activity.ja} if data.activity else None,
        automation_rate=data.automation_rate,
        assumed=data.assumed,
        said_by=data.said_by,
    )


def _stated(record: Record, fact: Fact, data: given.ValueStated) -> Changes:
    stated = stated_of(data, fact.at, fact.key)
    own = (
        {"articulated": _newer(record.articulated, stated)}
        if data.source == "customer_stated"
        else {}
    )
    return {"stated": _newer(record.stated, stated), **own}


def _reply(record: Record, fact: Fact, data: given.Answered) -> Changes:
    return {
        "answers": capacity.newest(
            record.answers,
            Response(at=fact.at, key=fact.key, answer=data.answer, contact=data.contact),
        )
    }


def _deal(record: Record, fact: Fact, data: given.DealStated) -> Changes:
    """Replaces the whole deal: what the newest fact leaves out is no longer known."""
    deal = Deal(
        at=fact.at,
        key=fact.key,
        stakeholders=data.stakeholders,
        approval_days=data.approval_days,
        custom_terms=data.custom_terms,
        complex=data.complex,
        relationship=data.relationship,
    )
    return {"deal": _newer(record.deal, deal)}


_RULES = cast(
    Mapping[str, Callable[[Record, Fact, given.Data], Changes]],
    {
        "login.recorded": _login,
        "feature.used": _used,
        "feature.gated": _gated,
        "feature.requested": _requested,
        "ticket.opened": _sorted_ticket,
        "ticket.classified": _sorted_ticket,
        "ticket.answered": _answered_ticket,
        "ticket.closed": _closed_ticket,
        "nps.responded": _nps,
        "csat.responded": _csat,
        "team.growth": _growth,
        "compliance.need": _compliance,
        "budget.stated": _budget,
        "cancel.intent": _cancel,
        "quote.presented": _quote,
        "contract.signed": _signed,
        "subscription.renewed": _renewed,
        "contact.unsubscribed": _opted_out,
        "contact.objected": _opted_out,
        "evidence.recorded": _proof,
        "need.stated": _need,
        "value.stated": _stated,
        "proposal.answered": _reply,
        "deal.stated": _deal,
    },
)


def _day(newest: datetime) -> datetime:
    """The start of the newest fact's day, so that entries are checked for age only once a day."""
    return datetime.combine(newest.date(), time(0), UTC)


def _let_go(record: Record) -> Record:
    """Drops what no rule reads any more; for most facts that is nothing."""
    assert record.newest is not None
    day = (_day(record.newest) - KEPT_LOGINS).date()
    changes: Changes = {}
    if record.active_days and record.active_days[0] < day:
        changes["active_days"] = tuple(one for one in record.active_days if one >= day)
        changes["active_users"] = _recent_months(record.active_users, day)
    oldest = _day(record.newest) - KEPT
    if any(ticket.last_at < oldest for ticket in record.tickets.values()):
        changes["tickets"] = {
            key: ticket for key, ticket in record.tickets.items() if ticket.last_at >= oldest
        }
    for name, asks in (("gated", record.gated), ("requested", record.requested)):
        if any(ask.at < oldest for entries in asks.values() for ask in entries):
            changes[name] = _recent_asks(asks, oldest)
    return replace(record, **changes) if changes else record


def _recent_months(users: Mapping[str, tuple[str, ...]], day: date) -> dict[str, tuple[str, ...]]:
    return {month: names for month, names in users.items() if month >= day.isoformat()[:7]}


def _recent_asks(
    asks: Mapping[str, tuple[Ask, ...]], oldest: datetime
) -> dict[str, tuple[Ask, ...]]:
    kept = {
        name: tuple(ask for ask in entries if ask.at >= oldest) for name, entries in asks.items()
    }
    return {name: entries for name, entries in kept.items() if entries}


def grown(record: Record, facts: Iterable[Fact]) -> Record:
    for fact in facts:
        record = grow(record, fact)
    return record
