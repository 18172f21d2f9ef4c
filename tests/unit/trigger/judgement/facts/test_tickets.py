"""A ticket that is opened, closed and opened again: what counts is when each happened, not the
order of arrival (R-071).
"""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.judgement.decision import Answer, plain
from services.trigger.judgement.facts import capacity, intake, types
from services.trigger.judgement.facts.intake import Fact
from services.trigger.judgement.facts.record import EMPTY, Record, Ticket
from services.trigger.judgement.findings.loyalty import enquiries
from services.trigger.judgement.findings.needs import urgent_asks
from services.trigger.judgement.gates.dissatisfaction import gate
from shared.wording import gate_text
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account
from tests.support.strategies import examples

GLOBAL = catalog("global")
ZONE = ZoneInfo("Asia/Tokyo")
BUG = {"class": "bug", "severity": "urgent"}

Step = tuple[str, int]
"""What happened to the ticket, and how many days ago."""


def fact(number: int, what: str, days_ago: float, ticket: str = "T-1", **sorted_as: str) -> Fact:
    data: dict[str, Any] = {"ticket": ticket}
    if what in ("opened", "classified"):
        data |= sorted_as or BUG
    return Fact(
        f"ticket.{what}",
        f"/crm {number:03}",
        NOW - timedelta(days=days_ago),
        types.read(f"ticket.{what}", data),
        ZONE,
    )


def heard(steps: list[Step]) -> Record:
    return intake.grown(
        EMPTY, [fact(number, what, ago) for number, (what, ago) in enumerate(steps)]
    )


def asked(record: Record, now: datetime = NOW) -> Answer:
    return gate(account(GLOBAL, "starter", record=record).at(now).case("schedule"))


STORIES: list[tuple[list[Step], bool]] = [
    ([("opened", 3)], True),
    ([("opened", 3), ("closed", 2)], False),
    ([("opened", 3), ("closed", 2), ("opened", 1)], True),
    ([("opened", 5), ("closed", 4), ("opened", 3), ("closed", 2)], False),
    ([("opened", 6), ("closed", 5), ("opened", 4), ("closed", 3), ("opened", 2)], True),
    ([("opened", 3), ("opened", 2), ("closed", 1)], False),
    ([("opened", 3), ("closed", 3)], False),
    ([("opened", 3), ("closed", 2), ("answered", 1)], False),
    ([("opened", 3), ("closed", 2), ("classified", 1)], False),
    ([("classified", 3), ("closed", 2), ("opened", 1)], True),
]


@pytest.mark.parametrize(("steps", "blocks"), STORIES)
def test_a_ticket_that_is_opened_again_is_open_in_any_order_of_arrival(
    steps: list[Step], blocks: bool
) -> None:
    records = [heard(list(order)) for order in permutations(steps)]
    assert {asked(record).result for record in records} == {"block" if blocks else "pass"}
    tickets = [record.tickets["T-1"] for record in records]
    assert {
        (one.opened_at, one.reopened_at, one.closed_at, one.last_at, one.is_open) for one in tickets
    } == {
        (
            tickets[0].opened_at,
            tickets[0].reopened_at,
            tickets[0].closed_at,
            tickets[0].last_at,
            blocks,
        )
    }


@given(
    st.permutations([*("opened", "closed") * 3, "answered", "classified"]),
    st.permutations(range(1, 9)),
)
@examples(100)
def test_the_last_word_decides_whatever_came_first(steps: list[str], days: list[int]) -> None:
    """Computed a second time from all events: open if no closing is as late as the last opening."""
    story = list(zip(steps, days, strict=True))
    opened = min(ago for what, ago in story if what == "opened")
    closed = min(ago for what, ago in story if what == "closed")
    assert heard(story).tickets["T-1"].is_open is (opened < closed)


def test_one_of_its_facts_taken_back_leaves_what_the_others_say() -> None:
    steps: list[Step] = [("opened", 3), ("closed", 2), ("opened", 1)]
    assert asked(heard(steps[:2])).result == "pass"
    assert asked(heard([steps[0], steps[2]])).result == "block"
    assert asked(heard(steps[1:])).result == "block"


def test_of_many_tickets_an_open_one_stays_though_it_was_closed_before() -> None:
    again = [fact(0, "opened", 90), fact(1, "closed", 80), fact(2, "opened", 70)]
    many = [
        one
        for number in range(capacity.MOST_TICKETS + 50)
        for one in (
            fact(10 + 2 * number, "opened", 50, f"t{number}"),
            fact(11 + 2 * number, "closed", 40 - number / 100, f"t{number}"),
        )
    ]
    record = intake.grown(EMPTY, [*again, *many])
    assert len(record.tickets) < capacity.MOST_TICKETS + 50
    assert record.tickets["T-1"].is_open


def test_a_complaint_that_comes_up_again_counts_from_then_on() -> None:
    """Five complaints of forty days ago are over; reopened yesterday they are not."""
    complaint = {"class": "complaint"}
    old = [fact(n, "opened", 40, f"T-{n}", **complaint) for n in range(5)] + [
        fact(10 + n, "closed", 35, f"T-{n}") for n in range(5)
    ]
    assert asked(intake.grown(EMPTY, old)).result == "pass"
    again = intake.grown(
        EMPTY, [*old, *(fact(20 + n, "opened", 1, f"T-{n}", **complaint) for n in range(5))]
    )
    found = asked(again)
    assert found.result == "block"
    assert found.retry_at == NOW + timedelta(days=29)
    over = [
        *(fact(20 + n, "opened", 3, f"T-{n}", **complaint) for n in range(5)),
        *(fact(30 + n, "closed", 1, f"T-{n}") for n in range(5)),
    ]
    assert asked(intake.grown(EMPTY, [*old, *over])).retry_at == NOW + timedelta(days=13)
    assert asked(intake.grown(EMPTY, [*old, *over]), NOW + timedelta(days=13)).result == "pass"


def test_everything_that_counts_tickets_counts_one_that_came_up_again() -> None:
    asks = {"class": "support_speed", "severity": "urgent"}
    old = [fact(0, "opened", 100, "a", **asks), fact(1, "closed", 99, "a")]
    assert urgent_asks(intake.grown(EMPTY, old), NOW) == 0
    assert urgent_asks(intake.grown(EMPTY, [*old, fact(2, "opened", 1, "a", **asks)]), NOW) == 1
    praised = [fact(0, "opened", 100, "a", **{"class": "feature_expansion"})]
    assert enquiries(intake.grown(EMPTY, praised), NOW) == "unknown"
    assert (
        enquiries(
            intake.grown(
                EMPTY, [*praised, fact(1, "opened", 1, "a", **{"class": "feature_expansion"})]
            ),
            NOW,
        )
        == "yes"
    )


def test_a_record_of_before_that_knows_no_reopening_reads_as_it_did() -> None:
    assert not Ticket(
        "t", cls="bug", opened_at=NOW - timedelta(days=2), closed_at=NOW - timedelta(days=1)
    ).is_open
    assert Ticket("t", cls="bug", opened_at=NOW - timedelta(days=2)).is_open


REOPENED_BUG_AND_COMPLAINTS = [
    fact(0, "opened", 9, "T-1", **BUG),
    fact(1, "closed", 8, "T-1"),
    fact(2, "opened", 2, "T-1", **BUG),
    *(fact(3 + n, "opened", 5 + n, f"T-{2 + n}", **{"class": "complaint"}) for n in range(4)),
    fact(8, "closed", 1, "T-3"),
]


def test_the_decision_tells_number_class_and_severity_of_each_ticket() -> None:
    found = asked(intake.grown(EMPTY, REOPENED_BUG_AND_COMPLAINTS))
    evidence = plain(found.evidence)
    assert evidence["open_bugs"] == ["T-1"]
    assert evidence["tickets"] == ["T-1", "T-2", "T-3", "T-4", "T-5"]
    details = {
        one["ticket"]: (one["class"], one["severity"], one["open"])
        for one in evidence["ticket_details"]
    }
    assert details == {
        "T-1": ("bug", "urgent", True),
        "T-2": ("complaint", None, True),
        "T-4": ("complaint", None, True),
        "T-5": ("complaint", None, True),
        "T-3": ("complaint", None, False),
    }
    assert [one["ticket"] for one in evidence["ticket_details"]] == list(details), (
        "what is open and severe comes first"
    )
    shown = {
        "gate": "dissatisfied",
        "result": "block",
        "reason": found.reason,
        "evidence": evidence,
    }
    english, japanese = gate_text(shown, "en"), gate_text(shown, "ja")
    assert (
        "1 severe bug open; 5 negative tickets in 30 days "
        "(T-1 bug/urgent, T-2 complaint, T-4 complaint, 2 more)"
    ) in english
    assert (
        "重大な不具合1件が未解決、否定的な問い合わせ5件"
        "(T-1 不具合・至急、T-2 苦情、T-4 苦情、ほか2件)。"
    ) in japanese
