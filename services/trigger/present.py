"""The current catalogue, terms and profiles of some accounts: read once per transaction, after
their locks, and passed on to everything that needs them. Pure values.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.trigger.accounts import Account, Terms
from shared.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Applied:
    """The catalogue in force."""

    version: int
    catalog: Catalog


@dataclass(frozen=True, slots=True)
class Present:
    """`applied`: the catalogue in force. `terms` and `profiles` by account."""

    applied: Applied
    terms: Mapping[str, Terms]
    profiles: Mapping[str, Account]
