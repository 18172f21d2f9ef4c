"""Which mailbox an address means: two addresses that differ in case, or in how their domain is written, are one mailbox. Pure.

Contacts are told apart by their id, mailboxes by this: one mail of a message goes to a mailbox, and who refuses offers refuses them for it.
"""

import hashlib
import unicodedata
from collections.abc import Collection, Mapping

import idna


def mailbox(address: str) -> bytes:
    """What is kept of a mailbox: a digest, the same for every way to write its address."""
    return hashlib.sha256(normalised(address).encode()).digest()


def mailbox_of(address: str | None) -> bytes | None:
    """The same; None where there is no address."""
    return mailbox(address) if address else None


def normalised(address: str) -> str:
    """The local part case-folded, the domain as the DNS has it (IDNA 2008, where a sharp s is a letter of its own)."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return f"{local.casefold()}{at}{_wire(domain.rstrip('.'))}"


def _wire(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii").lower()
    except idna.IDNAError:  # an address of a time when more was taken than mail can reach
        return domain.casefold()


def refusing(contacts: Mapping[str, bytes | None], people: Collection[str], mailboxes: Collection[bytes]) -> frozenset[str]:
    """Which of an account's contacts (id to mailbox) get no offers.

    Those who refused themselves, whatever their address is now (`people`); those whose mailbox was refused (`mailboxes`); and those who
    share a mailbox with somebody who refused.
    """
    refused = {*mailboxes, *(found for id, found in contacts.items() if id in people and found is not None)}
    return frozenset(id for id, found in contacts.items() if id in people or found in refused)
