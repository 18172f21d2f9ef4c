"""What a customer needs, confirmed and refuted (R-131)."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.trigger.opportunities import statements
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import Refused
from services.trigger.process.talk.wants import gap, wants
from shared.events import Event
from tests.support.stories import NOW, Story
from tests.unit.trigger.process.cases import ask, context, deal, story


def said(state: Opportunity, status: str, **more: Any) -> Opportunity:
    body = {"type": "need", "status": status, "said_by": "c1", **more}
    found = ask(state, body, context())
    assert isinstance(found, Appended), found
    return found.state


def facts(state: Opportunity) -> list[Event]:
    (entry,) = state.of("need")
    return statements.of(entry, "acct-1", "o1")


def known(state: Opportunity, told: Story) -> dict[str, tuple[str, str | None]]:
    return {one.key: (one.status, one.text) for one in wants(state, context(told=told))}


def test_r_131_only_a_need_that_is_confirmed_is_a_fact() -> None:
    state = said(deal(), "confirmed", feature="webhooks", text="We export by hand.")
    (event,) = facts(state)
    assert (event.type, event.data) == (
        "need.stated",
        {"feature": "webhooks", "text": "We export by hand.", "said_by": "c1"},
    )
    (event,) = facts(said(deal(), "confirmed", meter="seats"))
    assert event.data == {"meter": "seats", "said_by": "c1"}
    assert facts(said(deal(), "refuted", meter="seats")) == []


def test_r_131_what_they_refute_is_shown_and_never_said() -> None:
    told = story().told("need.stated", NOW - timedelta(days=2), feature="webhooks", said_by="c1")
    state = deal()
    assert known(state, told) == {"webhooks": ("confirmed", None)}
    assert [one.key for one in gap(state, context(told=told))] == ["webhooks"]
    state = said(state, "refuted", feature="webhooks", text="We have a tool for it.")
    assert known(state, told) == {"webhooks": ("refuted", "We have a tool for it.")}
    assert gap(state, context(told=told)) == []


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("need.stated", {"feature": "compliance_certs", "said_by": "c1"}),
        ("feature.requested", {"feature": "compliance_certs"}),
        (
            "ticket.opened",
            {"ticket": "t1", "class_": "feature_unavailable", "feature": "compliance_certs"},
        ),
        ("compliance.need", {"framework": "SOC2"}),
    ],
)
def test_r_131_until_they_say_again_that_they_need_it(type_: str, data: dict[str, Any]) -> None:
    state = said(deal(), "refuted", feature="compliance_certs")
    before = story().told(type_, NOW - timedelta(hours=1), **data)
    assert known(state, before)["compliance_certs"][0] == "refuted"
    after = before.told(type_, NOW + timedelta(minutes=10), **data)
    assert known(state, after)["compliance_certs"][0] == "confirmed"


def test_r_131_the_newest_word_in_the_deal_holds() -> None:
    told = story().told("need.stated", NOW, feature="webhooks", said_by="c1")
    state = said(said(deal(), "refuted", feature="webhooks"), "confirmed", feature="webhooks")
    assert known(state, told)["webhooks"][0] == "confirmed"
    again = said(state, "refuted", feature="webhooks")
    assert known(again, told)["webhooks"][0] == "refuted"


def test_a_need_names_what_the_catalogue_knows() -> None:
    for field in ("feature", "meter"):
        body = {"type": "need", "status": "refuted", "said_by": "c1", field: "sofa"}
        found = ask(deal(), body, context())
        assert isinstance(found, Refused)
        assert (found.status, [one.path for one in found.faults]) == (422, [f"/{field}"])
    for both in ({}, {"feature": "webhooks", "meter": "seats"}):
        with pytest.raises(ValidationError):
            ask(deal(), {"type": "need", "status": "refuted", "said_by": "c1", **both}, context())
