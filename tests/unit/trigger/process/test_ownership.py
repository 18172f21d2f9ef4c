"""Whose a deal is: entries `owner` and `split`."""

from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import Refused
from services.trigger.process.ownership import given_to
from tests.unit.trigger.process.cases import ask, context, deal

OPEN = context()


def reason(found: object) -> str | None:
    return found.faults[0].reason if isinstance(found, Refused) else None


def test_leaders_give_a_deal_to_anybody_and_others_only_take_it() -> None:
    given = ask(deal(), {"type": "owner", "person": "s1"}, OPEN, "m1")
    assert isinstance(given, Appended)
    assert given.state.owner.id == "s1"
    assert reason(ask(deal(), {"type": "owner", "person": "s1"}, OPEN, "u7")) == "not_your_role"
    assert reason(ask(deal(), {"type": "owner", "person": "s1"}, OPEN, "s1")) == "not_owner"


def test_nobodys_self_serve_deal_becomes_a_csms() -> None:
    body = given_to(deal(role="self_serve", owner=None), "u7", OPEN)
    assert body["owner"] == {"role": "cs", "id": "u7", "name": "Kato"}
    assert given_to(deal(), None, OPEN)["owner"]["id"] is None


def test_only_leaders_split_credit_and_each_person_once() -> None:
    split = {"type": "split", "credit": [{"person": "u7", "pct": 50}] * 2}
    assert reason(ask(deal(), split, OPEN, "m1")) == "names a person twice"
    whole = {"type": "split", "credit": [{"person": "u7", "pct": 100}]}
    assert reason(ask(deal(), whole, OPEN, "u7")) == "not_your_role"
    nobody = {"type": "split", "credit": [{"person": "nobody", "pct": 100}]}
    assert reason(ask(deal(), nobody, OPEN, "m1")) == "no person has this id"
