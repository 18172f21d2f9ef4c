"""Our people as accounts name them: what an account leaves out comes from the person, and who is
named for the first time becomes one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import accounts
from services.trigger.accounts import Account
from services.trigger.process.people import Person, completed
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process.persons import Named
from shared.security.rights import Role
from shared.values.faults import Fault

PLACES: tuple[tuple[str, Role], ...] = (("csm", "csm"), ("ae", "sales"))
"""Fields of an account, and the role of somebody who is first named there."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Those of the named who exist."""

    known: Mapping[str, Person]

    def completed(self, account: Account) -> tuple[Account, list[Fault]]:
        """With what the account leaves out; a fault for who is unknown and has no name."""
        found, faults = dict[str, Any](), list[Fault]()
        for place, _ in PLACES:
            one: accounts.Person | None = getattr(account, place)
            if one is None:
                continue
            known = self.known.get(one.id)
            if known is None and not one.name:
                faults.append(Fault(f"/{place}/name", "is missing: no person has this id yet"))
            found[place] = one if known is None else completed(one, known)
        return replace(account, **found), faults

    async def make(self, conn: AsyncConnection, several: Sequence[Account], now: datetime) -> None:
        """Those whom nobody knows yet."""
        roles, first = dict[str, set[str]](), dict[str, accounts.Person]()
        for role, one in named_by(several):
            if one.id not in self.known:
                roles.setdefault(one.id, set()).add(role)
                first.setdefault(one.id, one)
        await person_rows.make(
            conn,
            [Named(id, one.name, one.email, frozenset(roles[id])) for id, one in first.items()],
            now,
        )


def named_by(several: Iterable[Account]) -> Iterator[tuple[Role, accounts.Person]]:
    """Each with the role of that place."""
    for account in several:
        for place, role in PLACES:
            one: accounts.Person | None = getattr(account, place)
            if one is not None:
                yield role, one


async def named(conn: AsyncConnection, several: Iterable[Account]) -> Staff:
    """Whom these accounts name. Nobody changes them before this transaction ends."""
    ids = {one.id for _, one in named_by(several)}
    return Staff(await person_rows.shared(conn, ids) if ids else {})
