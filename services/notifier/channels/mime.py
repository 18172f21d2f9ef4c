"""One mail as bytes: text and HTML, UTF-8 in base64, headers safe against injection."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from shared.values.characters import one_line, undirected
from shared.values.mail_address import wire_address

_SENDER = re.compile(r"(?P<name>[^<>]*)<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+)")
_LONGEST_VALUE = 300
_LONGEST_LINE = 998
_LINE, _WORD = 76, 75  # RFC 2047: a line that holds an encoded word, and such a word


class AddressFault(ValueError):
    """Not a single valid address."""


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: Address
    to: Address
    message_id: str  # without angle brackets
    date: datetime
    unsubscribe_url: str | None = None  # set only on mails with an offer
    reply_to: Address | None = None
    copy_to: Address | None = None
    by_person: bool = False


def plain_value(text: str) -> str:
    """Returns the text as one header line: what could break the line becomes a space."""
    return one_line(text[:_LONGEST_VALUE]).strip(" ")


def address(spec: str, name: str = "") -> Address:
    """Raises AddressFault for several addresses, control characters, or a non-ASCII local part.

    The domain may be international.
    """
    try:
        return Address(display_name=plain_value(undirected(name)), addr_spec=wire_address(spec))
    except ValueError:
        raise AddressFault("the address is not valid") from None


def sender(raw: str) -> Address:
    """Parses `alerts@example.com` or `Plimsoll <alerts@example.com>`.

    Raises AddressFault for anything else, including several addresses.
    """
    found = _SENDER.fullmatch(raw)
    if found is None or not raw.isprintable():
        raise AddressFault("the address is not valid")
    return address(found["inner"] or found["bare"], (found["name"] or "").strip().strip('"'))


def build(envelope: Envelope, subject: str, text: str, html: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(envelope.date)
    if not envelope.by_person:
        message["Auto-Submitted"] = "auto-generated"
    # Without cte Python sends Japanese as 8bit, which not every relay accepts.
    message.set_content(text, charset="utf-8", cte="base64")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    # Formatted here: Python's folding loses spaces between encoded and plain words, and encodes
    # long values without spaces, which clients do not decode in these headers.
    return _raw_headers(envelope, plain_value(subject)) + message.as_bytes()


def unstructured(name: str, value: str) -> str:
    """Returns the header: as it is if short and plain ASCII, or else in encoded words (RFC 2047).

    The encoded words include the spaces.
    """
    plain = f"{name}: {value}"
    return plain if _is_plain(plain) else f"{name}: {_encoded(name, value)}"


def mailbox(name: str, who: Address) -> str:
    """Returns a header with one address. Only a long or non-ASCII display name is encoded."""
    plain = f"{name}: {who}"
    if _is_plain(plain):
        return plain
    if not who.display_name:
        return f"{name}:\r\n <{who.addr_spec}>"
    return f"{name}: {_encoded(name, who.display_name)}\r\n <{who.addr_spec}>"


def _is_plain(line: str) -> bool:
    """Whether it needs no encoding, and nothing in it could be taken for an encoded word."""
    return line.isascii() and len(line) <= _LINE and "=?" not in line


def _encoded(name: str, value: str) -> str:
    return Header(value, "utf-8", maxlinelen=_WORD, header_name=name).encode(linesep="\r\n")


def _raw_headers(envelope: Envelope, subject: str) -> bytes:
    headers = [
        mailbox("From", envelope.sender),
        mailbox("To", envelope.to),
        *([mailbox("Cc", envelope.copy_to)] if envelope.copy_to else []),
        *([mailbox("Reply-To", envelope.reply_to)] if envelope.reply_to else []),
        unstructured("Subject", subject),
        f"Message-ID: <{envelope.message_id}>",
    ]
    # Mail programs send the one-click POST over https only (RFC 8058). A URL cannot be folded:
    # servers refuse the whole mail if ids of hundreds of letters make its line too long (RFC 5322).
    # The mail's own link stays.
    one_click = f"List-Unsubscribe: <{envelope.unsubscribe_url}>"
    if (
        envelope.unsubscribe_url is not None
        and envelope.unsubscribe_url.startswith("https://")
        and len(one_click) <= _LONGEST_LINE
    ):
        headers += [one_click, "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    return "".join(f"{header}\r\n" for header in headers).encode("ascii")
