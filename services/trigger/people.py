"""Contacts who join, leave, or get another address: what is stored about it, and who is informed.

Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.trigger.accounts import Account
from shared.messages import People
from shared.values.identity import identity
from shared.values.moments import iso


@dataclass(frozen=True, slots=True)
class Changed:
    """Within one account: contacts whose address is new (those who joined, or whose address
    changed), and those who left.
    """

    account: str
    given: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def changed(before: Mapping[str, Account], after: Iterable[Account]) -> list[Changed]:
    """Accounts whose contacts, or their roles, languages or addresses, have changed.

    New accounts are left out.
    """
    known = ((before[one.id], one) for one in after if one.id in before)
    return [_changed(old, new) for old, new in known if set(old.contacts) != set(new.contacts)]


def _changed(before: Account, after: Account) -> Changed:
    addresses = {one.id: one.email for one in before.contacts}
    present = {one.id for one in after.contacts}
    given = tuple(
        one.id
        for one in after.contacts
        if one.id not in addresses or one.email != addresses[one.id]
    )
    return Changed(after.id, given, tuple(id for id in addresses if id not in present))


def message(one: Changed, now: datetime) -> People:
    """Tells the notifier to look up the current contacts again."""
    return People(key=identity("people", one.account, iso(now)), account=one.account, at=now)
