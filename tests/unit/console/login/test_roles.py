from typing import Any

import pytest

from services.console.login.roles import claimed

NAMES = {"cs-team": "csm", "/ops": "operator", "cs-leads": "csm"}
CASES: dict[str, tuple[dict[str, Any], str, dict[str, str] | None, frozenset[str] | None]] = {
    "the roles themselves": (
        {"roles": ["csm", "sales"]},
        "roles",
        None,
        frozenset({"csm", "sales"}),
    ),
    "others beside them": ({"roles": ["csm", "owner", 7, None]}, "roles", None, frozenset({"csm"})),
    "one word": ({"roles": "admin"}, "roles", None, frozenset({"admin"})),
    "under other names": (
        {"groups": ["cs-team", "/ops"]},
        "groups",
        NAMES,
        frozenset({"csm", "operator"}),
    ),
    "two names of one role": (
        {"groups": ["cs-team", "cs-leads"]},
        "groups",
        NAMES,
        frozenset({"csm"}),
    ),
    "with names the roles are none": ({"groups": ["admin"]}, "groups", NAMES, frozenset()),
    "further in": (
        {"realm_access": {"roles": ["planner"]}},
        "realm_access.roles",
        None,
        frozenset({"planner"}),
    ),
    "a name with dots": (
        {"https://x.example/roles": ["csm"]},
        "https://x.example/roles",
        None,
        frozenset({"csm"}),
    ),
    "empty: none are left": ({"roles": []}, "roles", None, frozenset()),
    "null: none are left": ({"roles": None}, "roles", None, frozenset()),
    "not what was meant": ({"roles": {"csm": True}}, "roles", None, frozenset()),
    "absent: the record's hold": ({}, "roles", None, None),
    "absent further in": ({"realm_access": {}}, "realm_access.roles", None, None),
    "no way further in": ({"realm_access": ["roles"]}, "realm_access.roles", None, None),
}


@pytest.mark.parametrize(("claims", "path", "names", "wanted"), CASES.values(), ids=CASES)
def test_roles_of_a_claim(
    claims: dict[str, Any],
    path: str,
    names: dict[str, str] | None,
    wanted: frozenset[str] | None,
) -> None:
    assert claimed(claims, path, names) == wanted


def test_a_list_has_an_end() -> None:
    assert claimed({"roles": ["x"] * 1_000 + ["csm"]}, "roles", None) == frozenset()
