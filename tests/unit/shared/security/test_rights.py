"""Which scope includes which, and what each role may do."""

import pytest

from shared.security.rights import (
    AUDITORS,
    OPERATORS,
    ROLES,
    SCOPES,
    Principal,
    scopes_of,
)


def _key(*scopes: str) -> Principal:
    return Principal("k", frozenset(scopes))


def test_admin_includes_every_scope_accounts_those_of_facts_and_no_other_includes_another() -> None:
    assert all(_key("admin").may(scope) for scope in SCOPES)
    for scope in set(SCOPES) - {"admin"}:
        more = {"facts:write"} if scope == "accounts:write" else set()
        assert {one for one in SCOPES if _key(scope).may(one)} == {scope} | more


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("csm", {"read", "work:write", "facts:write"}),
        ("sales", {"read", "work:write", "facts:write"}),
        ("manager", {"read", "work:write", "facts:write"}),
        ("planner", {"read", "catalog:write"}),
        ("operator", {"read", "operate", "keys"}),
        ("admin", set(SCOPES)),
        ("captain", {"read"}),
    ],
)
def test_what_a_role_may_do(role: str, scopes: set[str]) -> None:
    person = Principal("u7", scopes_of([role]), kind="person", roles=frozenset({role}))
    assert {one for one in SCOPES if person.may(one)} == scopes


def test_several_roles_are_their_union_and_none_only_reads() -> None:
    assert scopes_of([]) == {"read"}
    assert scopes_of(["planner", "csm"]) == scopes_of(["planner"]) | scopes_of(["csm"])


def test_people_read_some_things_by_role_and_keys_by_scope() -> None:
    def people(*roles: str) -> Principal:
        return Principal("u7", scopes_of(roles), kind="person", roles=frozenset(roles))

    assert {role for role in ROLES if people(role).reads(OPERATORS)} == {"operator", "admin"}
    assert {role for role in ROLES if people(role).reads(AUDITORS, scope="admin")} == {
        "manager",
        "operator",
        "admin",
    }
    assert _key("read").reads(OPERATORS)
    assert not _key("read").reads(AUDITORS, scope="admin")
    assert _key("admin").reads(AUDITORS, scope="admin")
