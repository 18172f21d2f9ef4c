"""How the log of a deal begins by hand."""

from dataclasses import replace

from services.trigger.process.deals.first_entry import (
    BeginBody,
    by_hand,
    checks,
    guards,
    may_begin,
    refused,
)
from services.trigger.process.log.entries import Actor, By
from tests.unit.trigger.process.cases import PEOPLE, context, story

OPEN = context()


def reasons(plan: str, *already: tuple[str, str, str | None]) -> list[str]:
    return [one.reason.partition(":")[0] for one in guards(BeginBody(to_plan=plan), OPEN, already)]


def test_the_route_says_whose_and_the_verdict_where() -> None:
    first = by_hand(BeginBody(to_plan="enterprise"), OPEN)
    assert (first.rule, first.owner.role, first.stage) == ("OWN-3", "hybrid", "needs_discovery")
    assert (first.reasons, first.decision) == (("by_hand",), None)
    own = by_hand(BeginBody(to_plan="pro"), OPEN)
    assert own.lines == ()


def test_what_is_refused() -> None:
    assert [one.path for one in checks(BeginBody(to_plan="nothing"), OPEN)] == ["/to_plan"]
    assert reasons("enterprise", ("o9", "enterprise", None)) == ["open_already"]
    assert reasons("enterprise", ("o9", "enterprise", "tool")) == []
    assert reasons("starter") == ["no_cancel_intent"]


def test_a_lower_plan_while_they_think_of_leaving() -> None:
    leaving = context(told=story().told("cancel.intent"))
    first = by_hand(BeginBody(to_plan="starter"), leaving)
    assert (first.reasons, first.owner.role, first.stage) == (
        ("cancel_intent",),
        "cs",
        "identified",
    )
    assert first.lines[0].type == "downsell"
    full = context(told=story().told("cancel.intent").used("storage", 20 * 10**9))
    found = list(guards(BeginBody(to_plan="starter"), full, ()))
    assert [one.reason for one in found] == ["does_not_fit: storage"]


def test_who_may() -> None:
    assert may_begin(PEOPLE["u7"], OPEN) is None
    assert may_begin(PEOPLE["m1"], OPEN) is None
    assert may_begin(PEOPLE["s1"], OPEN) == "not_owner"
    gone = replace(PEOPLE["u7"], active=False, manager="s1")
    assert may_begin(PEOPLE["s1"], replace(OPEN, persons={**PEOPLE, "u7": gone})) is None
    seller = Actor(By("person", "s1"), PEOPLE["s1"])
    found = refused(seller, BeginBody(to_plan="enterprise"), OPEN, ())
    assert found is not None
    assert found.status == 403
