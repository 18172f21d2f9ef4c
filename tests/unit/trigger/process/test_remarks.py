"""What people note about a deal."""

from typing import Any

from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import Refused
from services.trigger.process.remarks import stakeholders
from tests.unit.trigger.process.cases import ask, context, deal

OPEN = context()
SATO = {"type": "stakeholder", "name": "Sato", "role": "champion"}


def having(*bodies: dict[str, Any]) -> Any:
    state = deal()
    for body in bodies:
        found = ask(state, body, OPEN, "s1")
        assert isinstance(found, Appended)
        state = found.state
    return state


def test_the_same_name_replaces() -> None:
    state = having(SATO, {**SATO, "role": "decision_maker"})
    (one,) = stakeholders(state, OPEN)["stakeholders"]
    assert one == {"name": "Sato", "role": "decision_maker"}


def test_who_may_and_who_exists() -> None:
    unknown = ask(deal(), {**SATO, "contact": "c9"}, OPEN, "s1")
    assert isinstance(unknown, Refused)
    assert (unknown.status, unknown.faults[0].path) == (422, "/contact")
    planner = ask(deal(), SATO, OPEN, "p1")
    assert isinstance(planner, Refused)
    assert planner.status == 403


def test_ids_elsewhere_and_notes_after_the_end() -> None:
    closed = deal("closed_won")
    for body in ({"type": "note", "text": "x"}, {"type": "link", "system": "crm", "id": "1"}):
        assert isinstance(ask(closed, body, OPEN), Appended)
    found = ask(closed, SATO, OPEN)
    assert isinstance(found, Refused)
    assert found.faults[0].reason.startswith("closed")
    linked = ask(deal(), {"type": "link", "system": "crm", "id": "006"}, OPEN)
    assert isinstance(linked, Appended)
    assert dict(linked.state.external_ids) == {"crm": "006"}
