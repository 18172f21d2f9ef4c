from typing import Any

import pytest

from services.console.login.forms.fields import Fields
from services.console.views.account_record import (
    MOST_CONTACTS,
    before,
    body,
    merge,
    record,
    removed,
)

HANAKO = {"id": "c1", "name": "花子", "role": "owner", "email": "h@example.com", "locale": "ja"}
KEN = {"id": "c2", "name": "Ken", "role": "member", "email": None, "locale": None}
KATO = {
    "id": "u7",
    "name": "Kato",
    "email": None,
    "sales_trained": True,
    "close_authority": "50000.00",
}
ACCOUNT: dict[str, Any] = {
    "id": "acct-42",
    "name": "Aozora",
    "locale": "ja-JP",
    "time_zone": "Asia/Tokyo",
    "country": "JP",
    "currency": None,
    "segment": None,
    "employees": 250,
    "customer_since": "2024-07-01T09:30:00Z",
    "csm": KATO,
    "ae": None,
    "external_ids": {"hubspot": "812"},
    "contacts": [HANAKO, KEN],
    "health": {"score": 82},
}
PEOPLE = {"u7": {**KATO, "close_authority": None, "roles": ["csm"]}}


def form(**told: str) -> Fields:
    return Fields({name: (value,) for name, value in told.items()})


def sent(was: dict[str, Any], **told: str) -> Fields:
    """The form as it was filled, but for what is told."""
    fields = {name: str(was[name] or "") for name in ("name", "locale", "time_zone", "country")}
    fields |= {"employees": "250", "customer_since": "2024-07-01", "csm.id": "u7"}
    fields |= {f"external_ids.{key}": value for key, value in was["external_ids"].items()}
    for place, one in enumerate(was["contacts"]):
        fields |= {f"contacts.{place}.{name}": value or "" for name, value in one.items()}
    return form(**(fields | told))


def test_a_record_has_what_can_be_replaced_and_of_our_people_only_what_differs() -> None:
    found = record(ACCOUNT, PEOPLE)
    assert found["csm"] == {"id": "u7", "close_authority": "50000.00"}
    assert "health" not in found
    assert record(ACCOUNT, {})["csm"] == KATO
    many = ACCOUNT | {"contacts": [KEN] * (MOST_CONTACTS + 1)}
    assert "contacts" not in record(many, PEOPLE)
    assert "contacts" not in body(form(), record(many, PEOPLE))


def test_a_form_that_was_not_touched_says_the_record_that_it_was_filled_with() -> None:
    was = record(ACCOUNT, PEOPLE)
    assert body(sent(was), was) == was


def test_what_was_typed() -> None:
    was = record(ACCOUNT, PEOPLE)
    told = sent(
        was,
        **{
            "name": " Aozora KK ",
            "country": "",
            "employees": "many",
            "customer_since": "2024-08-01",
            "csm.id": "u8",
            "external_ids.hubspot": "",
            "external_system": "salesforce",
            "external_id": "001",
            "contacts.0.remove": "on",
            "contacts.2.name": "New",
            "contacts.2.role": "champion",
            "contacts.10.role": "member",
        },
    )
    found = body(told, was)
    assert found == {
        **was,
        "name": "Aozora KK",
        "country": None,
        "employees": "many",
        "customer_since": "2024-08-01",
        "csm": {"id": "u8"},
        "external_ids": {"salesforce": "001"},
        "contacts": [
            KEN,
            {"id": "", "name": "New", "role": "champion", "email": None, "locale": None},
        ],
    }
    assert removed(told) == [HANAKO]
    assert body(form(), was)["csm"] is None


@pytest.mark.parametrize("told", ["", "[]", "{", "[" * 100_000])
def test_what_a_form_was_filled_with_may_be_missing(told: str) -> None:
    assert before(told) == {}


def test_what_only_one_side_touched_is_merged() -> None:
    was = record(ACCOUNT, PEOPLE)
    yours = was | {"name": "Aozora KK", "contacts": [HANAKO | {"email": "hana@example.com"}, KEN]}
    theirs = was | {
        "segment": "mid",
        "external_ids": {"hubspot": "812", "salesforce": "001"},
        "contacts": [HANAKO | {"role": "champion"}],
    }
    found = merge(was, yours, theirs)
    assert found.conflicts == ()
    assert found.record == {
        **was,
        "name": "Aozora KK",
        "segment": "mid",
        "external_ids": {"hubspot": "812", "salesforce": "001"},
        "contacts": [HANAKO | {"email": "hana@example.com", "role": "champion"}],
    }


def test_what_both_touched_is_asked_and_yours_stays() -> None:
    was = record(ACCOUNT, PEOPLE)
    mine, other = HANAKO | {"email": "a@example.com"}, HANAKO | {"email": "b@example.com"}
    yours = was | {"name": "A", "contacts": [mine, KEN | {"name": "Kenji"}]}
    theirs = was | {"name": "B", "contacts": [other]}
    found = merge(was, yours, theirs)
    assert [one.name for one in found.conflicts] == ["name", "contacts.c1.email", "contacts.c2"]
    assert found.record["name"] == "A"
    assert found.record["contacts"] == [mine, KEN | {"name": "Kenji"}]
    gone = merge(was, was | {"contacts": [KEN]}, theirs)
    assert [(one.name, one.yours) for one in gone.conflicts] == [("contacts.c1", None)]
    assert gone.record["contacts"] == []
