"""Which entry may be appended to the log of a deal, and what the log comes to."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.trigger.process import lines
from services.trigger.process.deals import view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.append import Appended, fold
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import First, Known, Refused
from services.trigger.process.stages import STAGES, responsible
from tests.unit.trigger.process.cases import (
    ask,
    context,
    deal,
    having,
)

OPEN, READY = context(), context(qualified=True)


def move(to: str) -> dict[str, Any]:
    more = {"closed_lost": {"reason": "price"}, "disqualified": {"text": "No fit."}}
    return {"type": "move", "to": to, **more.get(to, {})}


def codes(found: object) -> tuple[int, list[str]] | None:
    """None: it was appended."""
    if not isinstance(found, Refused):
        return None
    return found.status, [fault.reason.partition(":")[0] for fault in found.faults]


BACK = [
    ("negotiation", "proposal"),
    ("negotiation", "engaged"),
    ("proposal", "engaged"),
    ("engaged", "qualified"),
    ("engaged", "identified"),
    ("qualified", "identified"),
    ("needs_discovery", "identified"),
    ("nurture", "identified"),
    ("disqualified", "identified"),
]
REFUSED = [
    ("identified", "qualified", ["not_qualified"]),
    ("nurture", "qualified", ["not_qualified"]),
    ("disqualified", "qualified", ["not_qualified"]),
    ("identified", "engaged", ["not_next", "no_answer"]),
    ("disqualified", "engaged", ["not_next", "no_answer"]),
    ("qualified", "engaged", ["no_answer"]),
    ("identified", "proposal", ["use_propose"]),
    ("engaged", "proposal", ["use_propose"]),
    ("engaged", "negotiation", ["not_next"]),
    ("qualified", "needs_discovery", ["by_itself"]),
    ("identified", "needs_discovery", ["by_itself"]),
    ("engaged", "closed_won", ["no_subscription_change"]),
]


@pytest.mark.parametrize(("stage", "to"), BACK)
def test_a_step_back_is_allowed_and_erases_nothing(stage: str, to: str) -> None:
    before = deal(stage)
    found = ask(before, move(to), OPEN)
    assert isinstance(found, Appended)
    assert (found.state.stage, found.state.lines) == (to, before.lines)
    assert found.entries[0].body == {"to": to, "from": stage}


@pytest.mark.parametrize(("stage", "to", "wanted"), REFUSED)
def test_a_step_that_is_not_possible_is_refused_with_every_reason(
    stage: str, to: str, wanted: list[str]
) -> None:
    assert codes(ask(deal(stage), move(to), OPEN)) == (409, wanted)


@pytest.mark.parametrize("stage", [one for one in STAGES if not one.startswith("closed")])
def test_ends_are_reached_from_every_open_stage(stage: str) -> None:
    for to in {"nurture", "disqualified", "closed_lost"} - {stage}:
        assert codes(ask(deal(stage), move(to), OPEN)) is None
    assert codes(ask(deal(stage), move(stage), OPEN)) == (409, ["same_stage"])


def test_forward_one_stage_at_a_time() -> None:
    assert codes(ask(deal("nurture"), move("qualified"), READY)) is None
    assert codes(ask(deal("disqualified"), move("qualified"), READY)) is None
    answered = having(deal("qualified"), "answer", question="discovery.1", text="Yes.")
    assert codes(ask(answered, move("engaged"), READY)) is None
    assert codes(ask(deal("proposal"), move("negotiation"), OPEN)) is None
    shared = deal("proposal", "hybrid")
    assert codes(ask(shared, move("negotiation"), OPEN)) == (409, ["handoff_not_accepted"])
    accepted = having(shared, "handoff", action="accept", to="s1")
    assert codes(ask(accepted, move("negotiation"), OPEN)) is None
    process = having(accepted, "objection", objection="budget_process")
    assert codes(ask(process, move("negotiation"), OPEN)) == (409, ["no_approver"])
    approved = having(process, "approval", approvers=[{"name": "Sato"}])
    assert codes(ask(approved, move("negotiation"), OPEN)) is None


def test_a_loss_has_a_reason_and_a_disqualification_a_text() -> None:
    for to, path in (("closed_lost", "/reason"), ("disqualified", "/text")):
        found = ask(deal(), {"type": "move", "to": to}, OPEN)
        assert isinstance(found, Refused)
        assert (found.status, found.faults[0].path) == (422, path)
    lost = ask(deal(), move("closed_lost") | {"text": "Too dear."}, OPEN)
    assert isinstance(lost, Appended)
    assert view.shown(lost.state, OPEN)["loss"] == {"reason": "price", "text": "Too dear."}


def test_the_order_of_refusals() -> None:
    """422, the first answer, 403, 412, 409; the same once more is never refused."""
    state = deal()
    bad = {"type": "owner", "person": "nobody"}
    first = First(state.entries[0], same=True)
    assert codes(
        ask(state, bad, OPEN, "p1", revision=9, first=First(state.entries[0], same=False))
    ) == (422, ["no person has this id"])
    assert isinstance(ask(state, bad, OPEN, "p1", revision=9, first=first), Known)
    taken = {"type": "move", "to": "engaged"}
    assert isinstance(ask(state, taken, OPEN, "p1", revision=9, first=first), Known)
    other = ask(state, taken, OPEN, "p1", first=First(state.entries[0], same=False))
    assert isinstance(other, Refused)
    assert (other.status, other.faults[0].path) == (422, "header.Idempotency-Key")
    assert codes(ask(state, taken, OPEN, "p1", revision=9)) == (403, ["not_owner"])
    assert codes(ask(state, taken, OPEN, "u7", revision=9)) == (412, ["the revision is 1"])
    assert codes(ask(state, taken, OPEN, "u7")) == (409, ["not_next", "no_answer"])


@pytest.mark.parametrize(
    ("role", "person", "wanted"),
    [
        ("cs", "u7", None),
        ("cs", "s1", (403, ["not_your_role"])),
        ("hybrid", "u7", None),
        ("hybrid", "s1", None),
        ("sales", "u7", (403, ["not_your_role"])),
        ("sales", "s1", None),
        ("self_serve", "u7", None),
        ("self_serve", "s1", (403, ["not_your_role"])),
    ],
)
def test_who_takes_a_deal_that_nobody_has(
    role: str, person: str, wanted: tuple[int, list[str]] | None
) -> None:
    found = ask(deal(role=role, owner=None), {"type": "owner", "person": person}, OPEN, person)
    assert codes(found) == wanted
    if isinstance(found, Appended):
        kept = "cs" if role == "self_serve" else role
        assert (found.state.owner.role, found.state.owner.id) == (kept, person)


def test_nobody_who_has_left_is_given_a_deal() -> None:
    assert codes(ask(deal(), {"type": "owner", "person": "gone"}, OPEN)) == (
        422,
        ["is not active any more"],
    )


def test_the_next_step_is_due_today_or_later() -> None:
    step = {"type": "next_step", "kind": "trial", "owner": "u7", "due": "2025-09-15"}
    assert codes(ask(deal(), step, OPEN)) == (422, ["must be today or later"])
    found = ask(deal(), {**step, "due": "2025-09-16"}, OPEN)
    assert isinstance(found, Appended)
    shown = view.shown(found.state, OPEN)["next_step"]
    assert shown == {"type": "trial", "owner": "u7", "due": "2025-09-16", "overdue": False}


def test_credit_adds_up_and_its_rounding_goes_to_the_first() -> None:
    won = Decimal("100.00")
    shares = [("u7", "33.33"), ("s1", "33.33"), ("m1", "33.34")]
    split = {"type": "split", "credit": [{"person": id, "pct": pct} for id, pct in shares]}
    found = ask(deal(), split, OPEN)
    assert isinstance(found, Appended)
    parts = [one["year"] for one in lines.credit_json(found.state.credit, won, "USD")]
    assert parts == ["33.33", "33.33", "33.34"]
    halves = {"type": "split", "credit": [{"person": id, "pct": 50} for id in ("u7", "s1")]}
    half = ask(deal(), halves, OPEN)
    assert isinstance(half, Appended)
    odd = lines.credit_json(half.state.credit, Decimal("0.01"), "USD")
    assert [one["year"] for one in odd] == ["0.00", "0.01"]
    short = {"type": "split", "credit": [{"person": "u7", "pct": "99.99"}]}
    assert codes(ask(deal(), short, OPEN)) == (422, ["must add up to exactly 100"])
    for wrong in ("99.999", "-1", "101", "all"):
        with pytest.raises(ValidationError) as raised:
            ask(deal(), {"type": "split", "credit": [{"person": "u7", "pct": wrong}]}, OPEN)
        assert [one["loc"][-1] for one in raised.value.errors()] == ["credit"]
    with pytest.raises(ValidationError) as raised:
        ask(deal(), {"type": "split", "credit": [{"pct": 100}]}, OPEN)
    assert [one["loc"][-1] for one in raised.value.errors()] == ["person"]


@pytest.mark.parametrize(
    ("stage", "role", "wanted"),
    [
        ("identified", "hybrid", "cs"),
        ("proposal", "cs", "cs"),
        ("proposal", "hybrid", "sales"),
        ("negotiation", "sales", "sales"),
        ("closed_won", "sales", "cs"),
        ("closed_lost", "cs", None),
    ],
)
def test_whose_turn_it_is(stage: str, role: str, wanted: str | None) -> None:
    assert responsible(stage, role) == wanted


BODIES = st.one_of(
    st.sampled_from(STAGES).map(move),
    st.builds(
        lambda pct: {"type": "line", "item": "enterprise", "discount_pct": str(pct)},
        st.integers(0, 100),
    ),
    st.sampled_from(
        [
            {"type": "note", "text": "x"},
            {"type": "propose", "channel": "person"},
            {"type": "link", "system": "crm", "id": "1"},
            {"type": "approve", "item": "enterprise"},
            {"type": "line", "item": "enterprise", "state": "lost"},
            {"type": "owner", "person": "s1"},
            {"type": "stakeholder", "name": "Sato", "role": "decision_maker"},
            {"type": "next_step", "kind": "trial", "owner": "u7", "due": "2025-10-01"},
            {"type": "split", "credit": [{"person": "u7", "pct": 40}, {"person": "s1", "pct": 60}]},
        ]
    ),
)


@given(
    st.lists(st.tuples(BODIES, st.sampled_from(["u7", "s1", "m1", "p1", None])), max_size=12),
    st.sampled_from([OPEN, READY]),
)
def test_the_fold_of_the_log_is_the_state(
    asked: list[tuple[dict[str, Any], str | None]], seen: Context
) -> None:
    state = deal("needs_discovery")
    for body, person in asked:
        found = ask(state, body, seen, person)
        if isinstance(found, Appended):
            assert not state.is_closed or body["type"] in ("note", "split", "link")
            assert found.state.entries[: len(state.entries)] == state.entries
            state = found.state
        assert fold(state.entries, state.account, state.id) == state
        _holds(state, seen)


def _holds(state: Opportunity, seen: Context) -> None:
    """Amounts are the sum of the lines, credit is whole, and `moves` tells what `move` answers."""
    years = [one.year for one in state.lines if one.state != "lost"]
    total = None if None in years else sum((one for one in years if one is not None), Decimal(0))
    assert lines.amount(state.lines) == total
    assert sum((one.pct for one in state.credit), Decimal(0)) in (0, 100)
    assert [one.seq for one in state.entries] == list(range(1, state.revision + 1))
    for told in view.shown(state, seen)["moves"]:
        to = told["to"]
        # A proposal leads to its own stage.
        asked = {"type": "propose", "channel": "person"} if to == "proposal" else move(to)
        found = ask(state, asked, seen)
        assert told["allowed"] == isinstance(found, Appended)
        if isinstance(found, Refused):
            assert [fault.reason for fault in found.faults] == told["reasons"]


def test_a_csm_who_is_no_person_yet_is_still_in_charge() -> None:
    """Named by a process of the version before, between the migration and its end."""
    csm = Context(OPEN.at, OPEN.account, OPEN.question, {}).csm
    assert csm is not None
    assert (csm.id, csm.name, csm.roles) == ("u7", "Kato", frozenset())
