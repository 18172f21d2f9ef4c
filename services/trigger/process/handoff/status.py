"""What became of the newest hand-off of a deal: what `handoff` of `GET` shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.trigger.process.deals.opportunity import Opportunity, moment
from services.trigger.process.log.entries import Entry
from shared.values.moments import iso

STATES = {
    "request": "requested",
    "passed": "requested",
    "accept": "accepted",
    "reject": "rejected",
    "timed_out": "timed_out",
    "returned": "returned",
    "withdrawn": "withdrawn",
}
"""What each action leads to."""
PERSONAL = frozenset({"message", "answer", "reply", "propose"})
TALKS = frozenset({"meeting", "call"})


@dataclass(frozen=True, slots=True)
class Standing:
    """`request`: the entry that asked; `newest`: the last one about it, `answer` the one that
    accepted or rejected. `to`: who is to answer: whom it asked, or who has followed them since.
    `contact`: the new owner's first contact with the customer.
    """

    request: Entry
    newest: Entry
    to: str
    answer: Entry | None = None
    contact: Entry | None = None

    @property
    def state(self) -> str:
        return STATES[self.newest.body["action"]]

    @property
    def due_at(self) -> datetime | None:
        """Until when it is to be answered."""
        return moment(self.request.body["due_at"])

    @property
    def contact_due(self) -> datetime | None:
        """Until when the customer is to hear from the new owner."""
        return moment(self.answer.body.get("contact_due")) if self.answer else None

    @property
    def is_open(self) -> bool:
        return self.state == "requested"

    @property
    def waits_for_contact(self) -> bool:
        return self.state == "accepted" and self.contact is None

    def json(self) -> dict[str, Any]:
        told: Mapping[str, Any] = self.answer.body if self.answer else {}
        return {
            "state": self.state,
            "from": self.request.body["from"],
            "to": self.to,
            "requested_at": iso(self.request.at),
            "due_at": self.request.body["due_at"],
            "answered_at": iso(self.answer.at) if self.answer else None,
            "reason": told.get("reason"),
            "text": told.get("text"),
            "first_contact_at": iso(self.contact.at) if self.contact else None,
            "packet": self.request.body["packet"],
        }


def standing(state: Opportunity) -> Standing | None:
    """None: nobody was ever asked."""
    acts = list(state.of("handoff"))
    request = next((one for one in reversed(acts) if one.body["action"] == "request"), None)
    if request is None:
        return None
    after = [one for one in acts if one.seq > request.seq]
    answer = next((one for one in after if one.body["action"] in ("accept", "reject")), None)
    asked = [one for one in (request, *after) if one.body["action"] in ("request", "passed")]
    to = str(asked[-1].body["to"])
    return Standing(request, acts[-1], to, answer, _first_contact(state, answer))


def _first_contact(state: Opportunity, answer: Entry | None) -> Entry | None:
    if answer is None or answer.body["action"] != "accept":
        return None
    owner = answer.body["owner"]["id"]
    after = (one for one in state.entries if one.seq > answer.seq)
    for one in after:
        if one.type == "owner":
            owner = one.body["owner"]["id"]
        elif is_contact(one, owner):
            return one
    return None


def is_contact(entry: Entry, owner: str | None) -> bool:
    """Whether the owner got in touch; a key without a person acts for them."""
    if entry.by.kind == "plimsoll" or (entry.by.kind == "person" and entry.by.id != owner):
        return False
    return entry.type in PERSONAL or (entry.type == "asset" and entry.body["kind"] in TALKS)


def shown(state: Opportunity, _context: object) -> dict[str, Any]:
    found = standing(state)
    return {"handoff": None if found is None else found.json()}
