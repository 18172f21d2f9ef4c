"""What is stored about an account is capped: what is dropped first, what never is, and what a fact
costs at the cap.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from services.trigger.judgement.facts import capacity, intake, types
from services.trigger.judgement.facts.capacity import LetGo
from services.trigger.judgement.facts.intake import Fact
from services.trigger.judgement.facts.record import EMPTY, Record
from tests.support.stories import NOW

SLACK = 20
ZONE = ZoneInfo("Asia/Tokyo")


def fact(number: int, type_: str, minutes_ago: float, **data: object) -> Fact:
    given = {key.rstrip("_"): value for key, value in data.items()}
    return Fact(
        type_,
        f"/crm {number:07}",
        NOW - timedelta(minutes=minutes_ago),
        types.read(type_, given),
        ZONE,
    )


def ticket(number: int, minutes_ago: float) -> Fact:
    return fact(
        number, "ticket.opened", minutes_ago, ticket=f"t{number}", class_="bug", severity="high"
    )


def closed(number: int, minutes_ago: float) -> Fact:
    return fact(number + 1_000_000, "ticket.closed", minutes_ago, ticket=f"t{number}")


def grown(facts: list[Fact], record: Record = EMPTY) -> tuple[Record, LetGo]:
    let_go = LetGo()
    for one in facts:
        record, gone = intake.added(record, one)
        let_go += gone
    return record, let_go


def test_closed_tickets_go_first_then_the_oldest() -> None:
    old_and_open = [ticket(number, 10_000 - number) for number in range(100)]
    done = [
        one
        for number in range(100, 400)
        for one in (ticket(number, 5_000 - number), closed(number, 4_000 - number))
    ]
    record, gone = grown([*old_and_open, *done])
    assert capacity.MOST_TICKETS <= len(record.tickets) <= capacity.MOST_TICKETS + SLACK
    assert {f"t{number}" for number in range(100)} <= record.tickets.keys(), (
        "an open one stays while a closed one is there"
    )
    assert "t399" in record.tickets
    assert "t100" not in record.tickets
    assert gone["ticket"] == 400 - len(record.tickets)
    record, _ = grown([ticket(number, 2_000 - number) for number in range(1_000, 1_900)], record)
    assert len(record.tickets) <= capacity.MOST_TICKETS + SLACK
    assert "t1899" in record.tickets
    assert "t1000" not in record.tickets


def test_the_least_recently_used_feature_goes_first() -> None:
    facts = [
        fact(number, "feature.used", 5_000 - number, feature=f"f{number}")
        for number in range(2_000)
    ]
    record, gone = grown([*facts, fact(9_999, "feature.used", 5_000, feature="f1999")])
    assert capacity.MOST_FEATURES <= len(record.used) <= capacity.MOST_FEATURES + SLACK
    assert {
        f"f{number}" for number in range(2_000 - capacity.MOST_FEATURES, 2_000)
    } <= record.used.keys()
    assert gone["feature"] == 2_000 - len(record.used)


@pytest.mark.parametrize("type_", ["feature.gated", "feature.requested"])
def test_the_feature_not_requested_for_longest_goes_first(type_: str) -> None:
    one_name = [fact(number, type_, 9_000 - number, feature="sso") for number in range(500)]
    many = [
        fact(number, type_, 5_000 - number, feature=f"f{number}") for number in range(1_000, 3_000)
    ]
    record, gone = grown([*one_name, *many])
    asks = record.gated if type_ == "feature.gated" else record.requested
    count = sum(map(len, asks.values()))
    assert capacity.MOST_ASKS <= count <= capacity.MOST_ASKS + SLACK
    assert "sso" not in asks
    assert "f2999" in asks
    assert gone["request"] == capacity.MOST + 2_000 - count, (
        "of one feature the newest 200 were there"
    )


def test_long_texts_leave_room_for_the_newest() -> None:
    proof = {"criterion": "wall", "kind": "interview"}
    record, _ = grown(
        [
            fact(number, "evidence.recorded", 900 - number, text="x" * 10_000, **proof)
            for number in range(50)
        ]
    )
    assert len(record.proofs) == capacity.MOST_TEXT // 10_000
    assert record.proofs[-1].key.endswith("0000049")


def test_refusals_of_current_contacts_are_never_dropped() -> None:
    first = fact(0, "contact.unsubscribed", 9_000, contact="c1")
    record, _ = grown(
        [
            first,
            *(
                fact(number, "contact.objected", 9_000 - number, contact=f"x{number}")
                for number in range(1, 3_000)
            ),
        ]
    )
    record, gone = capacity.without_strangers(record, ["c1", "c2"])
    assert "c1" in record.opted_out
    assert "x2999" in record.opted_out
    assert "x1" not in record.opted_out
    assert len(record.opted_out) == capacity.MOST_REFUSALS
    assert gone == {"refusal": 1_000}


def test_order_says_nothing_while_everything_may_be_kept() -> None:
    """Also for logins and uses older than any rule reads."""
    random = Random(7)
    facts = [ticket(number, random.uniform(0, 300 * 1_440)) for number in range(200)]
    facts += [closed(number, random.uniform(0, 300 * 1_440)) for number in range(0, 200, 3)]
    facts += [
        fact(number, "feature.used", random.uniform(0, 800 * 1_440), feature=f"f{number % 400}")
        for number in range(5_000, 5_800)
    ]
    facts += [
        fact(number, "login.recorded", random.uniform(0, 800 * 1_440), user=f"u{number % 9}")
        for number in range(6_000, 6_500)
    ]
    first, gone = grown(sorted(facts, key=lambda one: one.at))
    assert not gone
    for _ in range(3):
        random.shuffle(facts)
        assert grown(facts)[0] == first


MANY: list[tuple[str, Callable[[int], Fact]]] = [
    ("ticket.opened", lambda number: ticket(number, 20_000 - number)),
    (
        "feature.used",
        lambda number: fact(number, "feature.used", 20_000 - number, feature=f"f{number}"),
    ),
    (
        "feature.used, always the same",
        lambda number: fact(number, "feature.used", 20_000 - number, feature="core"),
    ),
    (
        "feature.gated",
        lambda number: fact(number, "feature.gated", 20_000 - number, feature=f"f{number}"),
    ),
    (
        "feature.requested",
        lambda number: fact(number, "feature.requested", 20_000 - number, feature="sso"),
    ),
    (
        "login.recorded",
        lambda number: fact(number, "login.recorded", 20_000 - number, user=f"u{number}"),
    ),
    (
        "nps.responded",
        lambda number: fact(
            number, "nps.responded", 20_000 - number, score=3, contact=f"c{number}"
        ),
    ),
    ("old tickets", lambda number: ticket(number, (900 if number else 0) * 1_440 - number)),
]


@pytest.mark.parametrize(("name", "made"), MANY)
def test_a_fact_costs_the_same_however_many_came_before(
    name: str, made: Callable[[int], Fact]
) -> None:
    """CPU time, best of several runs: six times as much if the whole history were searched."""
    facts, record, spent = [made(number) for number in range(4_000)], EMPTY, []
    for begin in range(0, 4_000, 100):
        began = time.process_time()
        record, _ = grown(facts[begin : begin + 100], record)
        spent.append(time.process_time() - began)
    assert min(spent[-12:]) < 3 * min(spent[4:9]) + 0.002
