"""Our people: their roles, whom they stand in for, and who may write which entry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from services.trigger import accounts

LEADERS = frozenset({"manager", "admin"})
SPEAKERS = frozenset({"csm", "sales", "manager", "admin"})
"""Who may add to what is known of a deal that is somebody else's."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of our own people. No roles: only reads, also as owner."""

    id: str
    name: str
    email: str | None = None
    roles: frozenset[str] = frozenset()
    manager: str | None = None
    active: bool = True
    locale: str = "en"
    time_zone: str = "UTC"
    sales_trained: bool = True
    close_authority: Decimal | None = None

    @property
    def leads(self) -> bool:
        return bool(self.roles & LEADERS)


def completed(named: accounts.Person, known: Person) -> accounts.Person:
    """As an account names them, with what it leaves out."""
    if named.stated is None:
        return named
    return replace(
        named,
        **{
            name: getattr(known, name)
            for name in ("name", "email", "sales_trained", "close_authority")
            if name not in named.stated
        },
    )


def in_charge(person: str, people: Mapping[str, Person]) -> Person | None:
    """Who has what is this person's: they, else the next active one up; None: nobody."""
    seen: set[str] = set()
    one = people.get(person)
    while one is not None and not one.active and one.id not in seen:
        seen.add(one.id)
        one = people.get(one.manager) if one.manager else None
    return one if one is not None and one.active else None


def is_circle(person: str, manager: str, people: Mapping[str, Person]) -> bool:
    """Whether the person would be their own manager, over however many."""
    seen: set[str] = set()
    up: str | None = manager
    while up is not None and up not in seen:
        if up == person:
            return True
        seen.add(up)
        found = people.get(up)
        up = found.manager if found else None
    return False


def speaks(person: Person, _owner: str | None) -> str | None:
    """What keeps them from adding what they know; None: nothing does."""
    return None if person.roles & SPEAKERS else NOT_YOUR_ROLE


def owns_or_leads(person: Person, owner: str | None) -> str | None:
    if person.leads:
        return None
    if person.id != owner:
        return NOT_OWNER
    return None if person.roles else NOT_YOUR_ROLE


def leads(person: Person, _owner: str | None) -> str | None:
    return None if person.leads else NOT_YOUR_ROLE


NOT_OWNER, NOT_YOUR_ROLE = "not_owner", "not_your_role"
TAKES: Mapping[str, frozenset[str]] = {
    "csm": frozenset({"cs", "hybrid", "self_serve"}),
    "sales": frozenset({"sales", "hybrid"}),
}
"""Whose deals somebody with this role may take if nobody has them."""


def takes(person: Person, role: str) -> bool:
    return any(role in TAKES[one] for one in person.roles & TAKES.keys())
