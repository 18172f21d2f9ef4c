"""A task that somebody begins by hand."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.trigger.process.log.entries import Actor, By
from services.trigger.process.tasks import first_entry
from services.trigger.process.tasks.first_entry import BeginTaskBody
from tests.unit.trigger.process.tasks.given import PEOPLE, context

ADMIN = Actor(By("key", "k"))


def actor(person: str) -> Actor:
    return Actor(By("person", person), PEOPLE[person])


def faults(deal: str | None = None, **more: Any) -> list[str]:
    body = BeginTaskBody.model_validate({"title": "x", **more})
    return [one.path for one in first_entry.checks(body, context(), deal)]


def test_what_is_named_has_to_be_there() -> None:
    assert faults(owner="u7", opportunity="o1", due_at="2025-09-20", deal="acct-1") == []
    assert faults(owner="nobody") == ["/owner"]
    assert faults(owner="gone") == ["/owner"]
    assert faults(opportunity="o1", deal="acct-2") == ["/opportunity"]
    assert faults(opportunity="o1") == ["/opportunity"]
    assert faults(due_at="2025-09-16T00:00:59Z") == ["/due_at"]


@pytest.mark.parametrize("more", [{"title": ""}, {"title": "x" * 201}, {"priority": "urgent"}])
def test_what_has_another_shape_is_not_a_task(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BeginTaskBody.model_validate({"title": "x", **more})


def test_leaders_and_the_accounts_own_two_begin_one() -> None:
    for one in (actor("u7"), actor("m1"), ADMIN):
        assert first_entry.refused(one, context()) is None
    for person in ("s1", "p1"):
        refused = first_entry.refused(actor(person), context())
        assert refused is not None
        assert (refused.status, refused.faults[0].reason) == (403, "not_owner")


@pytest.mark.parametrize(
    ("who", "named", "wanted"),
    [
        (actor("u7"), None, ("cs", "u7")),
        (actor("m1"), "s1", ("sales", "s1")),
        (actor("m1"), None, ("cs", "m1")),
        (ADMIN, None, ("cs", "u7")),
    ],
)
def test_oneself_has_it_unless_somebody_is_named(
    who: Actor, named: str | None, wanted: tuple[str, str]
) -> None:
    body = BeginTaskBody(title="x", owner=named)
    owner = first_entry.by_hand(body, who, context(), "c").owner
    assert (owner.role, owner.id) == wanted
