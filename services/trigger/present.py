"""What holds for some accounts at one moment: read once in a transaction, after their locks, and handed on to all that need it."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.trigger.accounts import Account, Terms
from services.trigger.tables.catalogs import Applied


@dataclass(frozen=True, slots=True)
class Present:
    """`applied`: the catalogue in force. `terms` and `profiles` by account."""

    applied: Applied
    terms: Mapping[str, Terms]
    profiles: Mapping[str, Account]
