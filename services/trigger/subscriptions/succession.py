"""Which subscription of an account is in force and which one waits, and how each statement changes
the two. Pure.

A statement is about one of the two: one that starts later waits and replaces the waiting one; one
that starts now or earlier is the present one and leaves the waiting one alone, unless it differs
only in its start. Statements may arrive late: each counts as of its own time.
"""

from dataclasses import replace
from datetime import datetime

from services.trigger.accounts import Next, Subscription, Terms
from services.trigger.sale_terms import sold_beside
from shared.catalog import Catalog


def said_now(terms: Terms, now: datetime) -> datetime:
    """A timestamp for a statement made now: newer than all known ones, even those dated ahead."""
    known = [
        one.changed_at
        for one in (terms.subscription, terms.next.subscription if terms.next else None)
        if one and one.changed_at
    ]
    return max([now, *known])


def stated(
    terms: Terms, wanted: Subscription, now: datetime, waiting_in: Catalog | None = None
) -> Terms:
    """A subscription is stated.

    `waiting_in`: the catalogue of the waiting one, if that is an agreed change of plan.
    """
    if wanted.started_at > now:
        return _put_off(terms, Next(wanted, wanted.started_at))
    present = terms.subscription
    if (present is not None and _of(wanted, now) < _of(present, now)) or is_same(
        terms.running(now), wanted
    ):
        return terms
    return replace(terms, subscription=wanted, next=_beside(terms.next, wanted, waiting_in))


def agreed(
    terms: Terms, plan: str, version: int, catalog: Catalog, begins_at: datetime, now: datetime
) -> Terms:
    """The running subscription continues on another plan from then on (`catalog` is of `version`).

    Replaces a waiting one.
    """
    running = terms.running(now)
    if running is None or (running.ended_at is not None and running.ended_at <= begins_at):
        return terms
    moved = replace(moved_to(running, plan, version, catalog), changed_at=said_now(terms, now))
    return replace(terms, next=Next(moved, begins_at, in_place_of=running.plan))


def ended(terms: Terms, at: datetime, said_at: datetime, now: datetime, *, leaves: bool) -> Terms:
    """What is in force at `at` ends then, and what starts later stays.

    `leaves`: the customer leaves, so nothing waits any more.
    """
    left = None if leaves else at
    return replace(
        terms,
        subscription=_cut(terms, at, said_at, now, leaves=leaves),
        next=_next_after(terms.next, left, said_at),
    )


def taken_back(terms: Terms, said_at: datetime) -> Terms:
    """The waiting subscription will not start; the present one continues."""
    return (
        terms
        if terms.next is None or said_at < _said(terms.next.subscription)
        else replace(terms, next=None)
    )


def moved_to(subscription: Subscription, plan: str, version: int, catalog: Catalog) -> Subscription:
    """The same subscription on another plan, without add-ons that this plan does not offer and
    without a price of its own.
    """
    offered = sold_beside(catalog, plan)
    add_ons = {key: count for key, count in subscription.add_ons.items() if key in offered}
    return replace(subscription, plan=plan, catalog_version=version, add_ons=add_ons, price=None)


def is_same(running: Subscription | None, wanted: Subscription) -> bool:
    return running is not None and replace(wanted, changed_at=running.changed_at) == running


def follows_at_once(terms: Terms) -> bool:
    """Whether the next one starts exactly when the current one ends: a change, not an end."""
    return (
        terms.subscription is not None
        and terms.next is not None
        and terms.subscription.ended_at == terms.next.begins_at
    )


def differs_in_end(left: Subscription, right: Subscription) -> bool:
    """Whether only their ends differ."""
    return replace(left, ended_at=right.ended_at, changed_at=right.changed_at) == right


def _put_off(terms: Terms, wanted: Next) -> Terms:
    known = terms.next
    if known is not None:
        outdated = _said(wanted.subscription) < _said(known.subscription)
        if outdated or (
            known.in_place_of is None and is_same(known.subscription, wanted.subscription)
        ):
            return terms
    return replace(terms, next=wanted)


def _beside(waiting: Next | None, present: Subscription, catalog: Catalog | None) -> Next | None:
    """A waiting subscription is dropped if the statement only brings it forward.

    An agreed change of plan belongs to the present subscription: it is dropped if the plan changes,
    and otherwise takes over the other changes.
    """
    if waiting is None or waiting.in_place_of is None:
        return (
            None
            if waiting is not None and _is_brought_forward(waiting.subscription, present)
            else waiting
        )
    if waiting.in_place_of != present.plan or catalog is None:
        return None
    moved = moved_to(
        present, waiting.subscription.plan, waiting.subscription.catalog_version, catalog
    )
    return replace(waiting, subscription=replace(moved, changed_at=waiting.subscription.changed_at))


def _is_brought_forward(waiting: Subscription, present: Subscription) -> bool:
    return replace(
        waiting, started_at=present.started_at, catalog_version=present.catalog_version
    ) == replace(present, changed_at=waiting.changed_at, ended_at=waiting.ended_at)


def _cut(
    terms: Terms, end: datetime, said_at: datetime, now: datetime, *, leaves: bool
) -> Subscription | None:
    """An end before the present one's start, stated before that start, means its predecessor."""
    running = terms.running(now)
    if running is None or running.ended_at == end or said_at < _said(running):
        return terms.subscription
    if not leaves and said_at < running.started_at and end <= running.started_at:
        return terms.subscription
    return replace(running, ended_at=end, changed_at=said_at)


def _next_after(waiting: Next | None, at: datetime | None, said_at: datetime) -> Next | None:
    if waiting is None or said_at < _said(waiting.subscription):
        return waiting
    if at is None or (waiting.in_place_of is not None and at <= waiting.begins_at):
        return None
    if at <= waiting.begins_at:
        return waiting
    return replace(
        waiting, subscription=replace(waiting.subscription, ended_at=at, changed_at=said_at)
    )


def _said(subscription: Subscription) -> datetime:
    assert subscription.changed_at is not None
    return subscription.changed_at


def _of(subscription: Subscription, now: datetime) -> tuple[datetime, datetime]:
    """Which of two started subscriptions is in force: the one with the later moment, then the one
    stated later. One in force before its start was written by an earlier version of this program:
    then only the time of the statement counts.
    """
    said = _said(subscription)
    return (max(said, subscription.started_at) if subscription.started_at <= now else said), said
