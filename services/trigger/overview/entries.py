"""What of an account can be searched. Pure."""

from dataclasses import dataclass
from typing import Literal

from services.trigger.accounts import Account
from services.trigger.overview.names import fold


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """`folded`: its names, folded, with a space between."""

    account: str
    kind: Literal["account", "contact"]
    id: str
    folded: str


def entries_of(account: Account) -> list[SearchEntry]:
    """The account by name and id, its contacts by name and address."""
    own = SearchEntry(account.id, "account", account.id, _folded(account.name, account.id))
    return [
        own,
        *(
            SearchEntry(account.id, "contact", one.id, _folded(one.name, one.email))
            for one in account.contacts
        ),
    ]


def _folded(*names: str | None) -> str:
    return " ".join(dict.fromkeys(folded for name in names if name and (folded := fold(name))))
