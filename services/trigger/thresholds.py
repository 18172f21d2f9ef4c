"""When an alert fires, re-arms and resolves: one pure function over (total, limit, thresholds,
state).

The caller keeps one `State` per account, meter and period, applies the `Evaluation` in one
transaction, and calls again when the total reaches `alert_at` or falls below `rearm_at`; in between
`evaluate` would do nothing. Amounts are exact Decimals throughout. docs/alerts.md has the rules in
words, with examples.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Context, Decimal
from typing import Literal

from shared.catalog import RATE, Threshold, in_order
from shared.values.quantities import EXACT

Standing = Literal["armed", "open", "superseded", "resolved"]
Resolution = Literal["correction", "below", "limit", "reset", "unlimited", "cancelled"]

STEP = Decimal("1e-9")
"""The smallest difference between two totals: columns hold nine decimals."""

MARGIN_POINTS = Decimal(2)
"""A gauge re-arms this many percent of the limit, or of an absolute threshold, below it."""

_UPWARDS = Context(prec=EXACT.prec, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of one threshold. `epoch` counts how often it was re-armed; `again`: its next alert
    is a second crossing after a raised limit.

    `resolved` is a counter's threshold after a correction: already reached, and silent until the
    next period or a raised limit.
    """

    standing: Standing = "armed"
    epoch: int = 0
    again: bool = False

    @property
    def active(self) -> bool:
        return self.standing in ("open", "superseded")

    def rearmed(self, *, again: bool = False) -> "Mark":
        return Mark("armed", self.epoch + 1, again)


ARMED = Mark()


@dataclass(frozen=True, slots=True)
class State:
    """What is stored per account, meter and period. A new period begins with `State()`.

    `held`: whether a plan was in force at the last evaluation; `limit`: what it allowed then (None:
    unlimited); `revision` grows with every change of it. `known`: the thresholds seen so far;
    `gated`: the revision for which "not in this plan" was sent (0: never); `task`: the alert that
    opened the CSM's task (None: no task is open).
    """

    held: bool = False
    limit: Decimal | None = None
    revision: int = 0
    known: tuple[str, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    gated: int = 0
    task: str | None = None

    def mark(self, threshold: Threshold) -> Mark:
        return self.marks.get(threshold.key, ARMED)


@dataclass(frozen=True, slots=True)
class Reached:
    """A new alert row.

    At most one of an evaluation is `open` and makes the message; the others are recorded as
    `superseded`.
    """

    threshold: Threshold
    epoch: int
    standing: Literal["open", "superseded"]
    again: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """An existing alert that a higher one replaced (`resolution` None) or that was cured."""

    key: str
    epoch: int
    resolution: Resolution | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What to do: rows to write, the state to keep, and the amounts at which to evaluate again
    (None: at none).

    `gated` is the epoch of a "not in this plan" message, None if none is sent.
    """

    state: State
    reached: tuple[Reached, ...] = ()
    closed: tuple[Closed, ...] = ()
    gated: int | None = None
    alert_at: Decimal | None = None
    rearm_at: Decimal | None = None

    @property
    def told(self) -> Reached | None:
        """The alert that is sent: the highest newly reached, unless a higher one is open."""
        return next((alert for alert in self.reached if alert.standing == "open"), None)

    @property
    def cured(self) -> bool:
        """Something was closed and no alert of this meter is open any more."""
        return bool(self.closed) and not any(
            mark.standing == "open" for mark in self.state.marks.values()
        )


def evaluate(
    used: Decimal,
    limit: Decimal | None,
    thresholds: tuple[Threshold, ...],
    state: State,
    *,
    gauge: bool,
    tell_of_new: bool = True,
) -> Evaluation:
    """Compares a running period's total with what the plan allows now (`limit` None: unlimited, 0:
    not in this plan).

    Cured alerts are closed first, then those that a raised limit or a removed threshold no longer
    reaches; then newly reached ones are recorded. `tell_of_new` False (policy `evaluate_on_create`
    off) records thresholds never seen before without a message.
    """
    held = _held(limit, thresholds)
    marks, closed = _close_unheld(used, limit, held, state, gauge=gauge)
    keys = tuple(threshold.key for threshold in held)
    silent = frozenset() if tell_of_new else frozenset(keys).difference(state.known)
    marks, reached, overtaken = _reach(used, limit, held, marks, silent)
    revision = state.revision + (not state.held or limit != state.limit)
    gated = _gate(used, limit, state, revision, gauge=gauge)
    kept = State(
        held=True,
        limit=limit,
        revision=revision,
        known=keys,
        marks=marks,
        gated=state.gated if gated is None else revision,
        task=state.task,
    )
    return Evaluation(
        state=kept,
        reached=reached,
        closed=(*closed, *overtaken),
        gated=gated,
        alert_at=_alert_at(limit, held, kept, gauge=gauge),
        rearm_at=_rearm_at(limit, held, marks, gauge=gauge),
    )


def _held(limit: Decimal | None, thresholds: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    """Not in this plan: never an alert (rule 9). Rates are not about the total."""
    return () if limit == 0 else tuple(one for one in thresholds if one.per_hour is None)


def _close_unheld(
    used: Decimal,
    limit: Decimal | None,
    held: tuple[Threshold, ...],
    state: State,
    *,
    gauge: bool,
) -> tuple[dict[str, Mark], tuple[Closed, ...]]:
    """Closes what usage has fallen below, what a raised limit has lifted, and what was removed."""
    marks, fallen = _let_fall(used, state, limit, gauge=gauge)
    marks, lifted = _lift(used, state, limit, marks)
    marks, removed = _remove(held, marks)
    return marks, (*fallen, *lifted, *removed)


def close(state: State, resolution: Literal["reset", "cancelled", "limit"]) -> Evaluation:
    """The meter is no longer watched: the period ended, the subscription was cancelled, or the
    meter is gone. Open alerts resolve.

    Superseded alerts stay so. If the same period is watched again (a new subscription within it),
    every threshold is armed again.
    """
    open_alerts = tuple(
        Closed(key, mark.epoch, resolution)
        for key, mark in state.marks.items()
        if mark.standing == "open"
    )
    marks = {
        key: mark if mark.standing == "armed" else mark.rearmed()
        for key, mark in state.marks.items()
    }
    ended = replace(state, held=False, revision=state.revision + state.held, known=(), marks=marks)
    return Evaluation(ended, closed=open_alerts)


def threshold_of(key: str) -> Threshold:
    """The inverse of `Threshold.key`."""
    kind, _, amount = key.partition(":")
    if kind == RATE:
        return Threshold(per_hour=Decimal(amount))
    return Threshold(at=Decimal(key[3:])) if key.startswith("at:") else Threshold(percent=int(key))


def rearm_amount(threshold: Threshold, limit: Decimal | None) -> Decimal | None:
    """The amount below which a gauge's threshold re-arms (rule 4); a threshold no higher than the
    margin re-arms at zero.
    """
    if threshold.at is not None:
        amount = EXACT.multiply(threshold.at, 1 - MARGIN_POINTS / 100)
    elif limit:
        assert threshold.percent is not None
        amount = EXACT.multiply(limit, EXACT.divide(threshold.percent - MARGIN_POINTS, 100))
    else:
        return None
    return max(amount, STEP)


def _let_fall(
    used: Decimal, state: State, limit: Decimal | None, *, gauge: bool
) -> tuple[dict[str, Mark], list[Closed]]:
    """Closes alerts that usage itself has fallen below (rules 3 and 4), judged by the lower of the
    old and the new limit.
    """
    marks, closed = dict(state.marks), []
    judged_by = limit if _is_raised(limit, state.limit) else state.limit
    for key, mark in state.marks.items():
        threshold = threshold_of(key)
        floor = rearm_amount(threshold, judged_by) if gauge else threshold.amount(judged_by)
        if mark.active and floor is not None and used < floor:
            closed.append(Closed(key, mark.epoch, "below" if gauge else "correction"))
            marks[key] = mark.rearmed() if gauge else replace(mark, standing="resolved")
    return marks, closed


def _lift(
    used: Decimal, state: State, limit: Decimal | None, marks: Mapping[str, Mark]
) -> tuple[dict[str, Mark], list[Closed]]:
    """After a raised limit, closes and immediately re-arms every percentage that is no longer
    reached (rules 6 and 7).
    """
    lifted, closed = dict(marks), list[Closed]()
    if not state.held or not _is_raised(state.limit, limit):
        return lifted, closed
    for key, mark in marks.items():
        threshold = threshold_of(key)
        amount = threshold.amount(limit)
        if (
            threshold.percent is None
            or mark.standing == "armed"
            or (amount is not None and used >= amount)
        ):
            continue
        if mark.active:
            closed.append(Closed(key, mark.epoch, "unlimited" if limit is None else "limit"))
        lifted[key] = mark.rearmed(again=True)
    return lifted, closed


def _is_raised(before: Decimal | None, after: Decimal | None) -> bool:
    return before is not None and (after is None or after > before)


def _remove(
    thresholds: Iterable[Threshold], marks: Mapping[str, Mark]
) -> tuple[dict[str, Mark], list[Closed]]:
    """A removed threshold resolves its open alert; if it comes back it is a new one."""
    wanted = {threshold.key for threshold in thresholds}
    gone = {
        key: mark for key, mark in marks.items() if key not in wanted and mark.standing != "armed"
    }
    closed = [
        Closed(key, mark.epoch, "limit") for key, mark in gone.items() if mark.standing == "open"
    ]
    return {**marks, **{key: mark.rearmed() for key, mark in gone.items()}}, closed


def _reach(
    used: Decimal,
    limit: Decimal | None,
    thresholds: tuple[Threshold, ...],
    before: Mapping[str, Mark],
    silent: frozenset[str],
) -> tuple[dict[str, Mark], tuple[Reached, ...], list[Closed]]:
    """Records every armed threshold that is reached; the highest opens and replaces what was open,
    unless a higher one is open.
    """
    marks = dict(before)
    ordered = in_order(thresholds, limit)
    fresh = [threshold for threshold in ordered if _is_fresh(threshold, used, limit, marks)]
    if not fresh:
        return marks, (), []
    loud = [threshold for threshold in fresh if threshold.key not in silent]
    rivals = [
        threshold
        for threshold in ordered
        if threshold in loud or marks.get(threshold.key, ARMED).standing == "open"
    ]
    told = rivals[-1] if rivals and rivals[-1] in loud else None
    reached = tuple(_recorded(threshold, marks, is_told=threshold is told) for threshold in fresh)
    open_before = (
        [] if told is None else [key for key, mark in marks.items() if mark.standing == "open"]
    )
    marks |= {key: replace(marks[key], standing="superseded") for key in open_before}
    marks |= {alert.threshold.key: Mark(alert.standing, alert.epoch) for alert in reached}
    return marks, reached, [Closed(key, marks[key].epoch, None) for key in open_before]


def _is_fresh(
    threshold: Threshold, used: Decimal, limit: Decimal | None, marks: Mapping[str, Mark]
) -> bool:
    amount = threshold.amount(limit)
    return (
        amount is not None
        and used >= amount
        and marks.get(threshold.key, ARMED).standing == "armed"
    )


def _recorded(threshold: Threshold, marks: Mapping[str, Mark], *, is_told: bool) -> Reached:
    mark = marks.get(threshold.key, ARMED)
    return Reached(threshold, mark.epoch, "open" if is_told else "superseded", mark.again)


def _gate(
    used: Decimal, limit: Decimal | None, state: State, revision: int, *, gauge: bool
) -> int | None:
    """The epoch of "not in this plan": once per counter period or gauge limit revision (rule 9)."""
    told = state.gated == revision if gauge else state.gated > 0
    return None if limit != 0 or used <= 0 or told else revision if gauge else 0


def _alert_at(
    limit: Decimal | None, thresholds: tuple[Threshold, ...], state: State, *, gauge: bool
) -> Decimal | None:
    """The lowest total that reaches an armed threshold, or uses something not in the plan."""
    amounts = (
        threshold.amount(limit)
        for threshold in thresholds
        if state.mark(threshold).standing == "armed"
    )
    gate = _gate(STEP, limit, state, state.revision, gauge=gauge)
    return min(
        (
            _up(amount)
            for amount in (*amounts, None if gate is None else STEP)
            if amount is not None
        ),
        default=None,
    )


def _rearm_at(
    limit: Decimal | None,
    thresholds: tuple[Threshold, ...],
    marks: Mapping[str, Mark],
    *,
    gauge: bool,
) -> Decimal | None:
    """The highest total below which a recorded alert is cured."""
    active = (threshold for threshold in thresholds if marks.get(threshold.key, ARMED).active)
    amounts = (
        rearm_amount(threshold, limit) if gauge else threshold.amount(limit) for threshold in active
    )
    return max((_up(amount) for amount in amounts if amount is not None), default=None)


def _up(amount: Decimal) -> Decimal:
    """Rounds up to nine decimals.

    Totals have no more, so comparing with the rounded amount gives the same result.
    """
    return _UPWARDS.quantize(amount, STEP)
