"""What people do with a task: entries `start`, `snooze`, `wake`, `due`, `close`."""

from collections.abc import Iterable
from typing import Any, Literal

from services.trigger.process.bodies import Text
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Ending, Made
from services.trigger.process.log.entry_type import EntryType, fields_of
from services.trigger.process.tasks import task as states
from services.trigger.process.tasks.due_dates import (
    When,
    after_waking,
    moment_of,
    out_of_range,
)
from services.trigger.process.tasks.task import AWAKE, Task
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso


class StartEntry(Body):
    type: Literal["start"]


class SnoozeEntry(Body):
    """`until`: a moment, or a day (09:00 there); 1 minute to 90 days ahead."""

    type: Literal["snooze"]
    until: When
    reason: Text


class WakeEntry(Body):
    type: Literal["wake"]


class DueEntry(Body):
    """`due_at`: a moment, or a day (09:00 there); 1 minute to 90 days ahead."""

    type: Literal["due"]
    due_at: When


class CloseEntry(Body):
    """`text` says why it is invalid."""

    type: Literal["close"]
    outcome: Ending
    text: Text | None = None


def _only_in(*wanted: str) -> Any:
    """A guard: it stands in one of these states."""

    def guard(state: Task, _body: Body, _context: Context) -> Iterable[Fault]:
        if state.state not in wanted:
            yield Fault("/type", f"wrong_state: it is {state.state}")

    return guard


def _until(_state: Task, body: SnoozeEntry, context: Context) -> Iterable[Fault]:
    return out_of_range("/until", body.until, context.account, context.at)


def _due_at(_state: Task, body: DueEntry, context: Context) -> Iterable[Fault]:
    return out_of_range("/due_at", body.due_at, context.account, context.at)


def _told_why(_state: Task, body: CloseEntry, _context: Context) -> Iterable[Fault]:
    if body.outcome == "invalid" and body.text is None:
        yield Fault("/text", "is missing: why it is invalid")


def _snoozed(_state: Task, body: SnoozeEntry, context: Context, _actor: Actor) -> Made:
    until = iso(moment_of(body.until, context.account))
    return Made({**fields_of(body), "snoozed_until": until})


def _woken(state: Task, _body: WakeEntry, context: Context, _actor: Actor) -> Made:
    due_at = after_waking(state.due_at, context.at, state.priority, context.account, context.policy)
    return Made({"due_at": iso(due_at)})


def _moved(_state: Task, body: DueEntry, context: Context, _actor: Actor) -> Made:
    return Made({"due_at": iso(moment_of(body.due_at, context.account))})


START = EntryType("start", StartEntry, guards=_only_in("open"), apply=states.started)
SNOOZE = EntryType(
    "snooze",
    SnoozeEntry,
    checks=_until,
    guards=_only_in(*sorted(AWAKE)),
    made=_snoozed,
    apply=states.asleep,
)
WAKE = EntryType("wake", WakeEntry, guards=_only_in("snoozed"), made=_woken, apply=states.awake)
DUE = EntryType("due", DueEntry, checks=_due_at, made=_moved, apply=states.due_moved)
CLOSE = EntryType("close", CloseEntry, checks=_told_why, apply=states.ended)
