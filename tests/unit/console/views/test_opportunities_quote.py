"""Lines, proposals and the customer's approval."""

from typing import Any

import pytest

from services.console.views import opportunities_quote as views
from tests.unit.console.views.test_deal_entries import Form, form


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (
            form(act="line", item="seats", quantity="5", discount_pct="12.5", year=""),
            {"type": "line", "item": "seats", "quantity": 5, "discount_pct": "12.5"},
        ),
        (
            form(act="line", item="seats", state="lost"),
            {"type": "line", "item": "seats", "state": "lost"},
        ),
        (form(act="approve", item="pro"), {"type": "approve", "item": "pro"}),
        (
            form(act="propose", channel="person", contacts=(), angle=""),
            {"type": "propose", "channel": "person"},
        ),
        (
            form(act="propose", channel="email", contacts=("c2",), expires_on="2026-12-24"),
            {
                "type": "propose",
                "channel": "email",
                "contacts": ["c2"],
                "expires_on": "2026-12-24",
            },
        ),
        (form(act="withdraw", proposal="p1"), {"type": "withdraw", "proposal": "p1"}),
        (
            form(
                act="approval",
                approvers__0__name="",
                approvers__1__name="Sato",
                approvers__1__title="CFO",
                information="Price\n\n Terms ",
                decide_on="2026-12-24",
                call="on",
            ),
            {
                "type": "approval",
                "approvers": [{"name": "Sato", "title": "CFO"}],
                "information": ["Price", "Terms"],
                "call": True,
                "decide_on": "2026-12-24",
            },
        ),
        (form(act="value"), None),
    ],
)
def test_a_form_is_an_entry(given: Form, sent: object) -> None:
    assert views.entry(given) == sent


APPROVAL = {
    "approvers": [{"name": "Sato"}],
    "information": ["Price", "Terms"],
    "decide_on": None,
    "call": True,
}


def deal(**more: Any) -> dict[str, Any]:
    return {
        "lines": [],
        "id": "o1",
        "moves": [],
        "angles": [],
        "proposals": [],
        "approval": None,
        **more,
    }


def test_what_hinders_a_proposal_is_said_and_what_waits_can_be_withdrawn() -> None:
    moves = [{"to": "engaged", "reasons": []}, {"to": "proposal", "reasons": ["no_price: x"]}]
    proposals = [{"id": "p1", "state": "superseded"}, {"id": "p2", "state": "viewed"}]
    view = views.view(deal(moves=moves, proposals=proposals), {})
    assert view["hindered"] == ["no_price: x"]
    assert [(one["id"], one["is_waiting"]) for one in view["proposals"]] == [
        ("p2", True),
        ("p1", False),
    ]
    assert views.view(deal(), {})["hindered"] == []


def test_the_form_of_an_approval_begins_with_the_former_or_what_was_typed() -> None:
    former = views.view(deal(approval=APPROVAL), {})
    assert former["rows"][0] == {"name": "Sato", "title": "", "contact": ""}
    assert len(former["rows"]) == 3
    assert former["plan"] == {"information": "Price\nTerms", "decide_on": "", "call": True}
    typed = views.view(deal(approval=APPROVAL), {"form": "plan", "approvers.0.name": "Abe"})
    assert typed["rows"][0]["name"] == "Abe"
    assert typed["plan"] == {"information": "", "decide_on": "", "call": False}
