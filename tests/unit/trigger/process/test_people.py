"""Who stands in for whom, and who may write what."""

from dataclasses import replace

import pytest

from services.trigger.accounts import Person as Named
from services.trigger.process.people import (
    Person,
    completed,
    in_charge,
    is_circle,
    leads,
    owns_or_leads,
    speaks,
    takes,
)

BOSS = Person("m1", "Abe", roles=frozenset({"manager"}))
KATO = Person("u7", "Kato", roles=frozenset({"csm"}), manager="m1")
GONE = replace(KATO, id="u8", active=False)


def test_the_next_active_one_up() -> None:
    people = {one.id: one for one in (BOSS, KATO, GONE)}
    assert in_charge("u7", people) == KATO
    assert in_charge("u8", people) == BOSS
    assert in_charge("u8", {"u8": GONE}) is None
    assert in_charge("nobody", people) is None
    circle = {"a": replace(GONE, id="a", manager="b"), "b": replace(GONE, id="b", manager="a")}
    assert in_charge("a", circle) is None


def test_nobody_is_their_own_manager_over_however_many() -> None:
    people = {one.id: one for one in (BOSS, KATO)}
    assert is_circle("m1", "u7", people)
    assert not is_circle("u7", "m1", people)


@pytest.mark.parametrize(
    ("roles", "speaking", "owning", "leading"),
    [
        ((), "not_your_role", "not_your_role", "not_your_role"),
        (("planner",), "not_your_role", None, "not_your_role"),
        (("csm",), None, None, "not_your_role"),
        (("manager",), None, None, None),
        (("admin",), None, None, None),
    ],
)
def test_roles(
    roles: tuple[str, ...], speaking: str | None, owning: str | None, leading: str | None
) -> None:
    one = Person("x", "X", roles=frozenset(roles))
    assert (speaks(one, "y"), owns_or_leads(one, "x"), leads(one, "x")) == (
        speaking,
        owning,
        leading,
    )


def test_another_owner() -> None:
    assert owns_or_leads(KATO, "s1") == "not_owner"
    assert owns_or_leads(BOSS, "s1") is None


def test_which_deals_a_role_takes() -> None:
    assert [role for role in ("cs", "hybrid", "self_serve", "sales") if takes(KATO, role)] == [
        "cs",
        "hybrid",
        "self_serve",
    ]
    assert not takes(BOSS, "cs")


def test_what_an_account_leaves_out_comes_from_the_person() -> None:
    known = replace(KATO, email="kato@example.com", sales_trained=False)
    stated = Named("u7", "K.", None, stated=("name",))
    found = completed(stated, known)
    assert (found.name, found.email, found.sales_trained) == ("K.", "kato@example.com", False)
    assert completed(replace(stated, stated=None), known) == replace(stated, stated=None)
