"""Contacts who come, go, or get another address: what is remembered of it, and who has to hear of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.trigger.accounts import Account
from services.trigger.notices import identity, iso
from shared.messages import People


@dataclass(frozen=True, slots=True)
class Changed:
    """In one account: whose address was given just now (all who joined, and whose address is another one), and who left."""

    account: str
    given: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def changed(before: Mapping[str, Account], after: Iterable[Account]) -> list[Changed]:
    """The accounts whose contacts are others than before, or have other roles, languages or addresses. An account that is new has none."""
    known = ((before[one.id], one) for one in after if one.id in before)
    return [_changed(old, new) for old, new in known if set(old.contacts) != set(new.contacts)]


def _changed(before: Account, after: Account) -> Changed:
    addresses = {one.id: one.email for one in before.contacts}
    present = {one.id for one in after.contacts}
    given = tuple(one.id for one in after.contacts if one.id not in addresses or one.email != addresses[one.id])
    return Changed(after.id, given, tuple(id for id in addresses if id not in present))


def message(one: Changed, now: datetime) -> People:
    """To the notifier: who is a contact now is to be asked again."""
    return People(key=identity("people", one.account, iso(now)), account=one.account, at=now)
