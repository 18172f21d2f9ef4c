"""What one write of a task contains, and what is left out if HubSpot refuses a part. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any, Literal

from services.notifier.channels.base import TaskRead, TaskThere

Action = Literal["raise", "complete"]
Part = Literal["owner", "company"]

COMPLETED, NOT_STARTED, IN_PROGRESS = "COMPLETED", "NOT_STARTED", "IN_PROGRESS"
_PRIORITIES = {"low": "LOW", "medium": "MEDIUM", "high": "HIGH"}
_ABSENT = object()
_LONGEST_ID = 100
_NAMED: Mapping[Part, tuple[str, ...]] = {"owner": ("owner",), "company": ("compan", "associat")}


@dataclass(frozen=True, slots=True)
class Logged:
    """What a task's log in Plimsoll says beyond its present state: what is new since the CRM was
    told last. What people there changed meanwhile stays, unless it is among these.
    """

    raises: bool = False  # there is more to do: one that was deleted there is made again
    reopens: bool = False
    begun: bool = False  # somebody works on it, and
    starts: bool = False  # did not when the CRM was told last
    moves: bool = False  # another due date


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """The task as it should be after this delivery."""

    key: str
    action: Action
    subject: str
    body: str
    priority: str  # low, medium, high
    due_at: datetime  # by this delivery alone: a raise keeps the present date if that is earlier
    owner_email: str | None
    account: str  # name and id, for a task without a company
    owner: str | None = None  # the owner in Plimsoll: compared, never sent
    climbs: bool = False  # the threshold is higher than any that the task has shown so far
    eases: bool = False  # there is less to do: the due date stays
    notes: Mapping[Part, str] | None = None  # the line in the task's text if HubSpot refuses a part
    body_for: Callable[[datetime], str] | None = None  # the text for another due date
    log: Logged | None = None  # None: a message of a version before, or a task without a log

    def due(self, moment: datetime) -> "TaskOrder":
        """Returns the same order with another due date, in its text too."""
        if moment == self.due_at:
            return self
        return replace(
            self, due_at=moment, body=self.body if self.body_for is None else self.body_for(moment)
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """`owner` and `company`: HubSpot's ids. `missing`: the parts refused and left out."""

    owner: str | None = None
    company: str | None = None
    missing: tuple[Part, ...] = ()

    def without(self, said: str) -> "Draft | None":
        """Returns the draft without the part that HubSpot's answer names, else without the first.

        None if there is nothing to leave out.
        """
        values: dict[Part, str | None] = {"owner": self.owner, "company": self.company}
        parts = [part for part, value in values.items() if value is not None]
        if not parts:
            return None
        named = [part for part in parts if any(word in said.lower() for word in _NAMED[part])]
        return self.lacking((named or parts)[0])

    def lacking(self, part: Part) -> "Draft":
        missing = (*self.missing, part)
        return (
            replace(self, owner=None, missing=missing)
            if part == "owner"
            else replace(self, company=None, missing=missing)
        )


def text_properties(
    order: TaskOrder, *, linked: bool, missing: Collection[Part], marker: str | None
) -> dict[str, str]:
    """What every raise writes. `linked`: the task has a company; if not, its subject names one."""
    return {
        "hs_task_subject": order.subject if linked else f"{order.subject} – {order.account}",
        "hs_task_body": body(order, missing, marker),
        "hs_task_priority": _PRIORITIES.get(order.priority, "MEDIUM"),
    }


def opening_properties(order: TaskOrder, owner: str | None) -> dict[str, str]:
    """What people may change later: written when a task is created or reopened, not by a raise."""
    status = IN_PROGRESS if order.log is not None and order.log.begun else NOT_STARTED
    given = {**due_properties(order), "hs_task_status": status, "hs_task_type": "TODO"}
    return given if owner is None else given | {"hubspot_owner_id": owner}


def due_properties(order: TaskOrder) -> dict[str, str]:
    return {"hs_timestamp": stamp(order.due_at)}


def body(order: TaskOrder, missing: Collection[Part], marker: str | None) -> str:
    """`marker`: identifies the task if the portal has no unique property for the key."""
    notes = [
        order.notes[part] for part in missing if order.notes is not None and part in order.notes
    ]
    text = _as_html("\n".join([order.body, *notes]))
    return text if marker is None else f"{text}<br>\n{marker}"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(written: object) -> datetime | None:
    """Reads a date of HubSpot: ISO 8601, or milliseconds since 1970. None if it is neither."""
    text = str(written or "")
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo is not None else None


def differing(given: Mapping[str, str], standing: Mapping[str, object]) -> dict[str, str]:
    """What has to be written of `given`, where the task stands as it does."""
    return {
        name: value
        for name, value in given.items()
        if standing.get(name) != value
        and not (name == "hs_timestamp" and moment(standing.get(name)) == moment(value))
    }


_STATUSES: Mapping[str, Literal["in_progress", "done"]] = {
    IN_PROGRESS: "in_progress",
    COMPLETED: "done",
}


def there(properties: Mapping[str, Any]) -> TaskThere:
    """What these properties say of a task. What is not among them is not known."""
    status, owner = properties.get("hs_task_status"), properties.get("hubspot_owner_id", _ABSENT)
    return TaskThere(
        None if status is None else _STATUSES.get(str(status), "open"),
        moment(properties.get("hs_timestamp")),
        None if owner is _ABSENT else str(owner or ""),
    )


def task_read(found: Mapping[str, Any]) -> TaskRead:
    """A task out of a batch: nobody is its owner if it names none."""
    properties = found.get("properties")
    given = properties if isinstance(properties, dict) else {}
    modified = str(given.get("hs_lastmodifieddate") or found.get("updatedAt") or "")
    seen = there({"hs_task_status": "", "hubspot_owner_id": "", **given})
    by = given.get("hs_updated_by_user_id")
    return TaskRead(
        replace(seen, status=seen.status or "open"),
        modified[:_LONGEST_ID],
        moment(modified),
        str(by)[:_LONGEST_ID] if by else None,
    )


def _as_html(text: str) -> str:
    """HubSpot shows a task's body as HTML."""
    return escape(text, quote=False).replace("\n", "<br>\n")
