"""Which mailbox an address refers to: addresses that differ only in case, or in how the domain is
written, share one. Pure.

Contacts are identified by id, mailboxes by this digest: a mailbox gets one mail per message, and
opting out of offers applies to the mailbox.
"""

import hashlib
import unicodedata
from collections.abc import Collection, Mapping

import idna


def mailbox(address: str) -> bytes:
    """What is stored of a mailbox: a digest, the same for every spelling of its address."""
    return hashlib.sha256(normalised(address).encode()).digest()


def mailbox_of(address: str | None) -> bytes | None:
    """The same; None without an address."""
    return mailbox(address) if address else None


def normalised(address: str) -> str:
    """The local part case-folded, the domain in its DNS form (IDNA 2008, in which ß is a letter of
    its own).
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return f"{local.casefold()}{at}{_wire(domain.rstrip('.'))}"


def _wire(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii").lower()
    except idna.IDNAError:  # an address stored before validation was as strict as it is now
        return domain.casefold()


def refusing(
    contacts: Mapping[str, bytes | None], people: Collection[str], mailboxes: Collection[bytes]
) -> frozenset[str]:
    """Which of an account's contacts (id to mailbox) get no offers.

    Those who opted out themselves, whatever their address is now (`people`); those whose mailbox
    was opted out (`mailboxes`); and those who share a mailbox with someone who opted out.
    """
    refused = {
        *mailboxes,
        *(found for id, found in contacts.items() if id in people and found is not None),
    }
    return frozenset(id for id, found in contacts.items() if id in people or found in refused)
