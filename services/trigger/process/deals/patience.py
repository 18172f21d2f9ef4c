"""How long a deal waits for a customer who does not answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.entries import Draft, Entry, TimerSet
from services.trigger.process.proposal import states

SILENCE, LINES, ANSWER = "deal_silence", "deal_lines", "deal_answer"
NAMES = (SILENCE, LINES, ANSWER)
"""The timers; each has the deal's id behind it."""
SELF_SERVE = timedelta(days=90)
"""After its last cause, where nobody acts."""
REST = timedelta(days=30)
"""What is left of a deal after its first line was won."""


def timers(state: Opportunity, entries: Iterable[Entry]) -> list[TimerSet]:
    """What these new entries make the log wait for."""
    found = []
    for entry in entries:
        if entry.type in ("opened", "reason") and state.owner.role == "self_serve":
            found.append(TimerSet(SILENCE, entry.at + SELF_SERVE))
        if entry.type == "proposal" and entry.body["state"] == "sent":
            found.append(TimerSet(ANSWER, datetime.fromisoformat(entry.body["expires_at"])))
        if entry.type == "line" and entry.body["state"] == "won" and not state.is_closed:
            found.append(TimerSet(LINES, first_won(state) + REST))
    return found


def first_won(state: Opportunity) -> datetime:
    return min(one.at for one in state.of("line") if one.body["state"] == "won")


def is_silent(state: Opportunity, now: datetime) -> bool:
    last = max(one.at for one in state.of("opened", "reason"))
    return state.owner.role == "self_serve" and now >= last + SELF_SERVE


def over(state: Opportunity, purpose: str, now: datetime) -> list[Draft]:
    """What to append now that the time is over; nothing where it is not, after all."""
    if state.is_closed:
        return []
    if purpose == ANSWER:
        return states.expired(state, now)
    if purpose == SILENCE:
        lost = {"to": "closed_lost", "from": state.stage, "role": state.owner.role}
        silent = is_silent(state, now)
        return [Draft("move", {**lost, "reason": "no_response"})] if silent else []
    return [
        Draft("line", {**one.stored(), "state": "lost"})
        for one in state.lines
        if one.state == "open"
    ]
