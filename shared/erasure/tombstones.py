"""How an erased account or contact is recognized: a hash of its ids, and the time of the erasure.
Pure.

An id alone identifies nobody, and anyone who has this table has the others too: the hash needs no
key (docs/decisions/0028).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from shared.values.faults import Fault

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
CODE: Final = "erased"
"""The prefix of reasons that say so."""
ACCOUNT_ERASED: Final = f"{CODE}: this account was erased; what happened before counts for nobody"
CONTACT_ERASED: Final = (
    f"{CODE}: this contact was erased; what they said or did before counts for nobody"
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """`account` is None once nothing is left. Whatever happened before `until` does not count."""

    hash: bytes
    account: str | None
    until: datetime


def account_hash(account: str) -> bytes:
    return sha256(account.encode()).digest()


def contact_hash(account: str, contact: str) -> bytes:
    return sha256(f"{account}\0{contact}".encode()).digest()


def is_of_erased(fault: Fault) -> bool:
    """Whether the only fault is that an erased account or contact is meant."""
    return fault.reason.startswith(f"{CODE}:")
