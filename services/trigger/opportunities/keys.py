"""What an append is remembered under, and its answer."""

from dataclasses import dataclass

from services.trigger.outcome import Outcome
from services.trigger.process.log.entries import Entry


@dataclass(frozen=True, slots=True)
class Key:
    """An `Idempotency-Key`, and the digest of what was asked under it."""

    text: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it stands, and what it causes outside the database. `is_new`: it was not there
    before, under the same key.
    """

    entry: Entry
    outcome: Outcome
    is_new: bool = True


def under(key: Key | None, holds: bool) -> tuple[str | None, bytes | None]:
    """The columns of an entry; only the one that was asked for holds the key."""
    return (key.text, key.digest) if key is not None and holds else (None, None)
