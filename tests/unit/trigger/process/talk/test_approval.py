"""How a customer approves a budget (R-156)."""

from typing import Any

from services.trigger.process.deals import view
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import Refused
from tests.unit.trigger.process.cases import ask, context, deal, having


def approval(**body: Any) -> Any:
    return {"type": "approval", "approvers": [{"name": "Sato"}], **body}


def test_the_newest_replaces_the_former() -> None:
    state = deal("proposal")
    plans = (
        approval(information=["SOC2"], decide_on="2025-10-01", call=True),
        approval(approvers=[{"name": "Ito", "title": "CFO", "contact": "c1"}]),
    )
    for body in plans:
        found = ask(state, body, context())
        assert isinstance(found, Appended)
        state = found.state
    shown: Any = view.shown(state, context())["approval"]
    assert shown == {
        "approvers": [{"name": "Ito", "title": "CFO", "contact": "c1"}],
        "information": [],
        "decide_on": None,
        "call": False,
    }
    assert state.entries[-2].body["decide_on"] == "2025-10-01"


def test_a_contact_that_the_account_does_not_have() -> None:
    body = approval(approvers=[{"name": "Ito"}, {"name": "Ono", "contact": "c9"}])
    found = ask(deal("proposal"), body, context())
    assert isinstance(found, Refused)
    assert (found.status, [one.path for one in found.faults]) == (422, ["/approvers/1/contact"])


def test_r_156_a_budget_process_needs_somebody_who_approves_before_negotiation() -> None:
    move = {"type": "move", "to": "negotiation"}
    state = having(deal("proposal"), "objection", objection="budget_process")
    refused = ask(state, move, context())
    assert isinstance(refused, Refused)
    assert [one.reason.partition(":")[0] for one in refused.faults] == ["no_approver"]
    nobody = ask(state, approval(approvers=[]), context())
    assert isinstance(nobody, Appended)
    assert isinstance(ask(nobody.state, move, context()), Refused)
    named = ask(nobody.state, approval(), context())
    assert isinstance(named, Appended)
    assert isinstance(ask(named.state, move, context()), Appended)
