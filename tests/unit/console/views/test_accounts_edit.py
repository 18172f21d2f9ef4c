import json

from services.console.views.account_record import record
from services.console.views.accounts_edit import Filled, choices, view
from tests.unit.console.views.test_account_record import ACCOUNT, HANAKO, KEN, PEOPLE

STAFF = [
    {"id": "u7", "name": "Kato", "active": True, "roles": ["csm"]},
    {"id": "u8", "name": "Abe", "active": True, "roles": ["csm", "manager"]},
    {"id": "s1", "name": "Mori", "active": True, "roles": ["sales"]},
    {"id": "u9", "name": "Former", "active": False, "roles": ["csm"]},
]


def test_a_form_is_filled_with_the_record_and_carries_it() -> None:
    was = record(ACCOUNT, PEOPLE)
    shown = view(ACCOUNT, Filled(was, "r1"), STAFF, edits=True)
    assert json.loads(shown["before"]) == was
    assert shown["filled"]["customer_since"] == "2024-07-01"
    assert [(one["id"], one["state"]) for one in shown["contacts"]] == [
        ("c1", ""),
        ("c2", ""),
        ("", "new"),
    ]
    assert shown["here"] == "/console/accounts/acct-42/edit"


def test_what_was_sent_keeps_its_places_and_what_goes_is_at_the_end() -> None:
    was = record(ACCOUNT, PEOPLE)
    filled = Filled(was, "r1", was | {"contacts": [KEN]}, [HANAKO])
    shown = view(ACCOUNT, filled, STAFF, edits=True)["contacts"]
    assert [(one["id"], one["place"], one["state"]) for one in shown] == [
        ("c2", 0, ""),
        ("", 1, "new"),
        ("c1", 2, "removed"),
    ]


def test_one_chooses_among_the_active_of_a_role_and_who_has_it_now() -> None:
    assert choices(STAFF, "csm", [None, None]) == [("u8", "Abe"), ("u7", "Kato")]
    assert choices(STAFF, "sales", [{"id": "u9"}, {"id": "x", "name": "Unknown"}]) == [
        ("u9", "Former"),
        ("s1", "Mori"),
        ("x", "Unknown"),
    ]
