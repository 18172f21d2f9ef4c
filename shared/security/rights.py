"""What keys and people may do: scopes, and the scopes of each role. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

Scope = Literal[
    "events:write",
    "accounts:write",
    "facts:write",
    "inbox:token",
    "work:write",
    "catalog:write",
    "operate",
    "keys",
    "read",
    "admin",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
INCLUDED: Mapping[str, frozenset[str]] = {
    "accounts:write": frozenset({"facts:write"}),
    "admin": frozenset(SCOPES),
}
"""Scopes that come with another one."""
Role = Literal["csm", "sales", "manager", "planner", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
_WORK = frozenset({"read", "work:write", "facts:write"})
OF_ROLE: Mapping[Role, frozenset[str]] = {
    "csm": _WORK,
    "sales": _WORK,
    "manager": _WORK,
    "planner": frozenset({"read", "catalog:write"}),
    "operator": frozenset({"read", "operate", "keys"}),
    "admin": frozenset({"admin"}),
}
OPERATORS: frozenset[Role] = frozenset({"operator", "admin"})
"""People who see payloads of rejected records."""
AUDITORS: frozenset[Role] = frozenset({"manager", "operator", "admin"})
"""People who read the audit log."""
Kind = Literal["person", "key", "plimsoll"]


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Everybody reads, also without a role. Roles that nobody knows permit nothing."""
    known = (role for role in ROLES if role in roles)
    return frozenset({"read"}).union(*(OF_ROLE[role] for role in known))


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller. `name`: of the key, the person's id, or which part of Plimsoll. `roles` and
    `session` are a person's.
    """

    name: str
    scopes: frozenset[str]
    rate: Decimal | None = None
    kind: Kind = "key"
    roles: frozenset[str] = frozenset()
    session: str | None = None

    def may(self, scope: str) -> bool:
        return scope in self.scopes or any(
            scope in INCLUDED[held] for held in self.scopes & INCLUDED.keys()
        )

    def reads(self, people: Collection[Role], *, scope: str = "read") -> bool:
        """What is for some of the people only: a person by role, a key by scope."""
        if self.kind == "person":
            return not self.roles.isdisjoint(people)
        return self.may(scope)
