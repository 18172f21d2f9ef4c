"""The verdict finds what is lost, doubled, missing, told or mailed too often."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.proof.ledger import Ledger, call, seats
from tests.proof.verdict import Found, Mail, Row, Told, judge, together

NOW = datetime(2026, 11, 30, tzinfo=UTC)
CONTACTS = ("owner", "member")
PLACE = ("acct", "seats")


def _sent() -> Ledger:
    """Nine of ten seats, and three calls of which one was sent twice."""
    ledger, dice = Ledger(), random.Random(1)
    ledger.note(seats("acct", 9, dice, NOW))
    calls = [call("acct", dice, NOW) for _ in range(3)]
    for event in (*calls, calls[0]):
        ledger.note(event)
    return ledger


def _right(ledger: Ledger) -> Found:
    return Found(
        totals=ledger.totals(),
        alerts=Counter({(*PLACE, 80): 1, (*PLACE, 90): 1}),
        told=Counter({Told(*PLACE, 90, contact): 1 for contact in CONTACTS}),
        mails=[Mail(*PLACE, 90, "m1")],
        arrived={"m1": 1},
        tasks={"acct": 1},
    )


def _judged(found: Found, *, may_repeat: bool = False) -> Row:
    return judge("kill", _sent(), found, {"acct"}, CONTACTS, may_repeat=may_repeat)


def test_all_is_well() -> None:
    row = _judged(_right(_sent()))
    assert row.wrong == []
    assert (row.sent, row.distinct, row.counted, row.lost, row.doubled) == (5, 4, 4, 0, 0)
    assert (row.due, row.told, row.twice, row.repeated, row.tasks) == (1, 1, 0, 0, 1)


@pytest.mark.parametrize(
    ("change", "lost", "doubled"),
    [({"api_calls": 2}, 1, 0), ({"api_calls": 5}, 0, 2), ({"seat_changes": 0}, 1, 0)],
)
def test_events_lost_and_doubled(change: dict[str, int], lost: int, doubled: int) -> None:
    right = _right(_sent())
    changed = {("acct", meter): used for meter, used in change.items()}
    row = _judged(replace(right, totals={**right.totals, **changed}))
    assert (row.lost, row.doubled) == (lost, doubled)
    assert len(row.wrong) == 1


def test_one_lost_and_another_doubled_do_not_cancel_out() -> None:
    right = _right(_sent())
    row = _judged(replace(right, totals={**right.totals, ("acct", "traffic"): 7}))
    assert (row.lost, row.doubled) == (0, 0)
    assert row.wrong[0].startswith("acct traffic: 7")


def test_usage_that_nobody_sent() -> None:
    right = _right(_sent())
    row = _judged(replace(right, totals={**right.totals, ("other", "api_calls"): 1}))
    assert row.doubled == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alerts": Counter({(*PLACE, 90): 1})}, "alerts missing"),
        ({"alerts": Counter({(*PLACE, 80): 1, (*PLACE, 90): 2})}, "not due, or twice"),
        ({"alerts": Counter({(*PLACE, one): 1 for one in (80, 90, 95)})}, "not due, or twice"),
        ({"told": Counter({Told(*PLACE, 90, "owner"): 1})}, "not told"),
        ({"told": Counter({Told(*PLACE, 80, one): 1 for one in CONTACTS})}, "not told"),
        ({"told": Counter({Told(*PLACE, 90, one): 2 for one in CONTACTS})}, "told twice"),
        ({"arrived": {}}, "not mailed"),
        ({"mails": [Mail(*PLACE, 80, "m1")]}, "not mailed"),
        ({"arrived": {"m1": 2}}, "mailed more than 1 times"),
        ({"tasks": {}}, "CRM tasks"),
        ({"tasks": {"acct": 2}}, "CRM tasks"),
        ({"waiting": 3}, "3 deliveries have not ended"),
        ({"given_up": 1}, "1 deliveries were given up"),
    ],
)
def test_what_is_told_wrongly(change: dict[str, object], said: str) -> None:
    row = _judged(replace(_right(_sent()), **change))  # type: ignore[arg-type]
    assert [said in what for what in row.wrong] == [True]


def test_a_mail_whose_answer_may_be_lost_comes_twice_and_never_a_third_time() -> None:
    right = _right(_sent())
    row = _judged(replace(right, arrived={"m1": 2}), may_repeat=True)
    assert (row.wrong, row.repeated) == ([], 1)
    row = _judged(replace(right, arrived={"m1": 3}), may_repeat=True)
    assert "mailed more than 2 times" in row.wrong[0]


def test_rounds_of_one_fault_are_added_up() -> None:
    rows = [
        Row("kill", times=2, lost=1, seconds=[1.0], wrong=["lost"]),
        Row("cut", times=3),
        Row("kill", times=1, seconds=[4.0]),
    ]
    assert together(rows) == [
        Row("kill", times=3, lost=1, seconds=[1.0, 4.0], wrong=["lost"]),
        Row("cut", times=3),
    ]
