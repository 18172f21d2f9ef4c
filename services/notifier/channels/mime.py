"""One mail as bytes: text and HTML, UTF-8 in base64, headers that no name or text can break out of."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_SENDER = re.compile(r"(?P<name>[^<>]*)<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+)")
_LONGEST_VALUE = 300


class AddressFault(ValueError):
    """Not an address that one mail can be sent to."""


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: Address
    to: Address
    message_id: str  # without angle brackets
    date: datetime
    unsubscribe_url: str | None = None  # set on mails that propose, and on no other


def plain_value(text: str) -> str:
    """A text that is safe in a header: one line, printable, and nothing that a parser could take for an encoded word."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST_VALUE])
    return " ".join(line.split()).replace("=?", "= ?")


def address(spec: str, name: str = "") -> Address:
    """Raises AddressFault for several addresses, control characters, a local part that is not ASCII. The domain may be international."""
    local, at, domain = spec.rpartition("@")
    try:
        wire = f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise AddressFault("the address is not valid") from None
    if not _ADDRESS.fullmatch(wire) or "=?" in wire or ".." in wire or local.startswith(".") or local.endswith("."):
        raise AddressFault("the address is not valid")
    return Address(display_name=plain_value(name), addr_spec=wire)


def sender(raw: str) -> Address:
    """`alerts@example.com` or `Plimsoll <alerts@example.com>`. Raises AddressFault for anything else, also for several addresses."""
    found = _SENDER.fullmatch(raw)
    if found is None or not raw.isprintable():
        raise AddressFault("the address is not valid")
    return address(found["inner"] or found["bare"], (found["name"] or "").strip().strip('"'))


def build(envelope: Envelope, subject: str, text: str, html: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = envelope.sender
    message["To"] = envelope.to
    message["Subject"] = plain_value(subject)
    message["Date"] = format_datetime(envelope.date)
    message["Auto-Submitted"] = "auto-generated"
    # Without cte Python sends Japanese as 8bit, which not every relay takes.
    message.set_content(text, charset="utf-8", cte="base64")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    # Written by hand: Python folds long values without spaces into encoded words, which no reader of these headers decodes.
    return _raw_headers(envelope) + message.as_bytes()


def _raw_headers(envelope: Envelope) -> bytes:
    headers = [f"Message-ID: <{envelope.message_id}>"]
    # One click is a POST without a person: mail programs make it over https only (RFC 8058).
    if envelope.unsubscribe_url is not None and envelope.unsubscribe_url.startswith("https://"):
        headers += [f"List-Unsubscribe: <{envelope.unsubscribe_url}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    return "".join(f"{header}\r\n" for header in headers).encode("ascii")
