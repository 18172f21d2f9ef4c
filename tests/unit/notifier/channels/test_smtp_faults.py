"""What the failures of an SMTP session mean."""

import aiosmtplib
import pytest

from services.notifier.channels.base import Failed, Misconfigured, Outcome, Refused, reason
from services.notifier.channels.smtp_faults import is_bounce
from services.notifier.channels.smtp_faults import outcome as classify


def test_what_a_server_says_is_kept_to_one_short_printable_line() -> None:
    assert reason("a\r\nb\x1b[31m\u2028c" + "x" * 9999) == ("a b [31m c" + "x" * 9999)[:300]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            aiosmtplib.SMTPAuthenticationError(535, "no"),
            Misconfigured("the server refuses the login: correct user and password (535 no)"),
        ),
        (
            aiosmtplib.SMTPAuthenticationError(454, "later"),
            Failed("the server cannot check the login right now (454 later)"),
        ),
        (
            aiosmtplib.SMTPSenderRefused(530, "login first", "a@b.c"),
            Misconfigured("the server requires a login: put it in the URL (530 login first)"),
        ),
        (aiosmtplib.SMTPSenderRefused(550, "not you", "a@b.c"), Refused("550 not you")),
        (
            aiosmtplib.SMTPRecipientRefused(450, "greylisted", "a@b.c"),
            Failed("450 greylisted", destination=False),
        ),
        (aiosmtplib.SMTPRecipientRefused(421, "closing", "a@b.c"), Failed("421 closing")),
        (
            aiosmtplib.SMTPRecipientRefused(550, "5.1.1 unknown", "a@b.c"),
            Refused("550 5.1.1 unknown", bounce=True),
        ),
        (
            aiosmtplib.SMTPConnectResponseError(554, "go away"),
            Failed("the server accepts no mail from this host: 554 go away"),
        ),
        (
            aiosmtplib.SMTPConnectTimeoutError("slow"),
            Failed("the server does not answer: check host, port and any firewall between"),
        ),
        (
            ConnectionRefusedError(111, "no"),
            Failed(
                "the server refuses the connection: nothing listens on that port, "
                "or a firewall rejects it"
            ),
        ),
        (
            OSError(
                "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), "
                "[Errno 111] Connect call failed ('127.0.0.1', 1)"
            ),
            Failed(
                "the server refuses the connection: nothing listens on that port, "
                "or a firewall rejects it"
            ),
        ),
        (OSError(113, "10.0.0.1"), Failed("the server cannot be reached: No route to host")),
        (
            aiosmtplib.SMTPRecipientRefused(552, "mailbox full", "a@b.c"),
            Failed("552 mailbox full", destination=False),
        ),
        (
            aiosmtplib.SMTPRecipientRefused(550, "5.2.2 over quota", "a@b.c"),
            Failed("550 5.2.2 over quota", destination=False),
        ),
        (
            aiosmtplib.SMTPNotSupported("SMTPUTF8"),
            Refused("the server does not accept non-ASCII addresses (SMTPUTF8)"),
        ),
    ],
)
def test_smtp_failures_before_the_message_is_handed_over(
    error: aiosmtplib.SMTPException | OSError, expected: Outcome
) -> None:
    assert classify(error) == expected


@pytest.mark.parametrize(
    ("code", "message", "bounced"),
    [
        (550, "no such user", True),
        (550, "5.1.1 no such user", True),
        (550, "5.2.1 mailbox disabled", True),
        (550, "5.7.1 blocked for spam", False),
        (552, "5.2.2 mailbox full", False),
        (552, "mailbox full", False),
        (554, "transaction failed", False),
        (553, "mailbox name not allowed", True),
        (550, "mail from 195.1.1.1 is not taken: 5.7.1", False),
        (550, "sent from 10.5.1.1", True),  # an address of the network is no enhanced code
        (550, "#5.1.0 address rejected", True),
        (550, "first line\n5.7.1 second line", False),
    ],
)
def test_only_a_dead_address_is_a_bounce(code: int, message: str, bounced: bool) -> None:
    assert is_bounce(code, message) is bounced
