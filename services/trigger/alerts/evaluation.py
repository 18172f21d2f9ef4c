"""Evaluates one meter of one account in one period: which rules apply now, and with what result.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Literal

from services.trigger.accounts import Subscription, Terms
from services.trigger.limits import Allowance, allowed_by
from services.trigger.places import Held, Place
from services.trigger.thresholds import Evaluation, State, close, evaluate
from shared.catalog import Catalog, Meter
from shared.values.identity import identity
from shared.values.moments import iso
from shared.values.periods import NEVER, Period, period_at


@dataclass(frozen=True, slots=True)
class Context:
    """The catalogue in force, those that subscriptions were sold with, and the current time."""

    current: Catalog
    sold: Mapping[int, Catalog]
    now: datetime
    tell_of_new: bool = True


@dataclass(frozen=True)
class Look:
    """The result.

    `meter` None: no catalogue has it any more. `look_at`: when time alone requires another look.
    """

    place: Place
    held: Held
    result: Evaluation
    subscription: Subscription
    sold: Catalog
    meter: Meter | None
    allowance: Allowance
    period: Period | None
    look_at: datetime | None = None

    @property
    def used(self) -> Decimal:
        return self.held.counted

    @property
    def speaks(self) -> bool:
        """Whether there is anything to store or to send."""
        return bool(self.result.reached or self.result.closed) or self.result.gated is not None

    @property
    def wakes_differ(self) -> bool:
        return self.held.used is not None and (self.held.alert_at, self.held.rearm_at) != (
            self.result.alert_at,
            self.result.rearm_at,
        )

    @property
    def state_differs(self) -> bool:
        return self.kept != (self.held.state or State())

    @cached_property
    def kept(self) -> State:
        """The state to store.

        The CSM's task is open from the first open alert until none is open.
        """
        state, told = self.result.state, self.result.told
        if not _is_open(state):
            return replace(state, task=None)
        if state.task is None and told is not None:
            return replace(state, task=self.alert_id(told.threshold.key, told.epoch))
        return state

    @property
    def silence(self) -> str:
        """Why newly recorded alerts produce no message."""
        open_keys = [
            key for key, mark in self.result.state.marks.items() if mark.standing == "open"
        ]
        return (
            f"{open_keys[0]} is open already"
            if open_keys
            else "the policy evaluate_on_create is off"
        )

    def epoch(self, number: int) -> str:
        """Starts at 1 for a gauge; for a counter, identifies its period."""
        if self.place.period_start == NEVER:
            return str(number + 1)
        start = iso(self.place.period_start)
        return f"{start}/{number + 1}" if number else start

    def alert_id(self, key: str, epoch: int) -> str:
        return identity(self.place.account, self.place.meter, key, self.epoch(epoch))


def at(place: Place, held: Held, terms: Terms | None, context: Context) -> Look | None:
    """None if there is nothing to evaluate: an unknown account, or one that never subscribed."""
    if terms is None or terms.subscription is None:
        return None
    subscription, state = terms.subscription, held.state or State()
    sold = context.sold[subscription.catalog_version]
    meter = context.current.meters.get(place.meter)
    allowed, look_at = Allowance(state.limit, ()), None
    match _standing(place, meter, subscription, terms.time_zone, context.now):
        case "running" if meter is not None:
            allowed = allowed_by(terms, place.meter, sold, context.current, context.now)
            result = evaluate(
                held.counted,
                allowed.limit,
                allowed.thresholds,
                state,
                gauge=meter.is_gauge,
                tell_of_new=context.tell_of_new,
            )
            look_at = held.period_end if _is_open(result.state) else None
        case "coming":
            result, look_at = Evaluation(state), place.period_start
        case "reset" | "cancelled" | "limit" as resolution:
            result = close(state, resolution)
    return Look(
        place,
        held,
        result,
        subscription,
        sold,
        meter or sold.meters.get(place.meter),
        allowed,
        _period(place, held),
        look_at,
    )


def _period(place: Place, held: Held) -> Period | None:
    if place.period_start == NEVER:
        return None
    return Period(place.period_start, held.period_end or place.period_start)


Standing = Literal["running", "coming", "reset", "cancelled", "limit"]


def _standing(
    place: Place, meter: Meter | None, subscription: Subscription, time_zone: str, now: datetime
) -> Standing:
    """Whether it is watched now, or why not, which is how open alerts resolve."""
    if not subscription.holds(now):
        return "cancelled"
    if meter is None:
        return "limit"
    if meter.is_gauge:
        return "running" if place.period_start == NEVER else "reset"
    if place.period_start > now:
        return "coming"
    return (
        "running"
        if place.period_start == period_at(subscription.grid(time_zone, meter.reset), now).start
        else "reset"
    )


def _is_open(state: State) -> bool:
    return any(mark.standing == "open" for mark in state.marks.values())
