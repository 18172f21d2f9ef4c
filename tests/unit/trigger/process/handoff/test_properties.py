"""In whatever order: tasks and timers are there exactly as long as somebody is waited for."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.trigger.process.deals import view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.handoff import course
from services.trigger.process.handoff.status import standing
from services.trigger.process.log.append import OPPORTUNITIES, Appended
from services.trigger.process.log.entries import TaskEnded, TaskOpened, TimerDropped, TimerSet
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask
from tests.unit.trigger.process.handoff.cases import ACCEPT, REQUEST, ready, seen, written

ACTS: list[dict[str, Any]] = [
    REQUEST,
    ACCEPT,
    {"type": "handoff", "action": "reject", "reason": "other", "text": "Not now."},
    {"type": "asset", "kind": "call", "title": "A call"},
    {"type": "message", "contacts": ["c1"], "subject": "Hello", "body": "It is me."},
    {"type": "owner", "person": "u7"},
    {"type": "move", "to": "nurture"},
    {"type": "move", "to": "closed_lost", "reason": "handoff_failure"},
]
STEPS = st.one_of(
    st.tuples(st.sampled_from(ACTS), st.sampled_from(["u7", "s1", "m1", None])),
    st.integers(1, 10),
)


@dataclass
class Room:
    """What stands around the log."""

    state: Opportunity = field(default_factory=ready)
    days: int = 0
    tasks: set[str] = field(default_factory=set)
    timers: set[str] = field(default_factory=set)

    def takes(self, found: Appended[Opportunity]) -> None:
        self.state = found.state
        for one in found.effects:
            match one:
                case TaskOpened(reason):
                    self.tasks.add(reason)
                case TaskEnded(reason):
                    self.tasks.discard(reason)
                case TimerSet(name):
                    self.timers.add(name)
                case TimerDropped(name):
                    self.timers.discard(name)

    def waits(self, days: int) -> None:
        self.days += days
        for timer in sorted(self.timers):
            known = seen(NOW + timedelta(days=self.days))
            drafts = course.over(self.state, timer, known)
            if drafts:
                self.takes(written(self.state, drafts, known))


@given(st.lists(STEPS, max_size=14))
def test_somebody_has_a_task_and_a_timer_as_long_as_they_are_waited_for(steps: list[Any]) -> None:
    room = Room()
    for step in steps:
        if isinstance(step, int):
            room.waits(step)
        else:
            body, person = step
            found = ask(room.state, body, seen(NOW + timedelta(days=room.days)), person)
            if isinstance(found, Appended):
                room.takes(found)
        _holds(room)


def _holds(room: Room) -> None:
    state, found = room.state, standing(room.state)
    assert OPPORTUNITIES.fold(state.entries, state.account, state.id) == state
    is_asked = found is not None and found.is_open
    is_to_call = found is not None and found.waits_for_contact and not state.is_closed
    assert view.head(state).handoff_waiting == is_asked
    assert ("handoff" in room.tasks, course.ANSWER in room.timers) == (is_asked, is_asked)
    assert ("first_contact" in room.tasks, course.CONTACT in room.timers) == (
        is_to_call,
        is_to_call,
    )
    if state.is_closed:
        assert not is_asked
        assert not room.tasks & {"handoff", "handoff_due", "handoff_returned", "first_contact"}
    shown = view.shown(state, seen())["handoff"]
    assert (shown is None) == (found is None)
