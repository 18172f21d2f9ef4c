"""What became of each request to take over an opportunity."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.trigger.process.reports.handoffs import Request

_STATES = {
    "passed": "requested",
    "accept": "accepted",
    "reject": "rejected",
}
"""The other actions are called as what they lead to."""
_ANSWERS = ("accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Act:
    """An entry `handoff`: a request, or what followed from it."""

    action: str
    at: datetime


def requests(acts: Iterable[Act], since: datetime, until: datetime) -> Iterator[Request]:
    """Of one opportunity, in order; those that were asked in the period."""
    open_: Request | None = None
    for act in acts:
        if act.action == "request":
            if open_ is not None and since <= open_.requested_at < until:
                yield open_
            open_ = Request("requested", act.at, None)
        elif open_ is not None:
            state = _STATES.get(act.action, act.action)
            answered = act.at if state in _ANSWERS else open_.answered_at
            open_ = replace(open_, state=state, answered_at=answered)
    if open_ is not None and since <= open_.requested_at < until:
        yield open_
