"""What the status codes of receivers mean for a delivery."""

from datetime import timedelta

import aiosmtplib
import httpx
import pytest

from services.notifier.channels.base import (
    Delivered,
    Failed,
    Gone,
    Misconfigured,
    Outcome,
    Refused,
    Throttled,
    reason,
)
from services.notifier.channels.email import dot_stuffed
from services.notifier.channels.http_answers import webhook_outcome
from services.notifier.channels.hubspot.answers import fault
from services.notifier.channels.smtp_faults import is_bounce
from services.notifier.channels.smtp_faults import outcome as classify
from tests.unit.notifier.samples import NOW


def headers(**given: str) -> httpx.Headers:
    return httpx.Headers({name.replace("_", "-"): value for name, value in given.items()})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Delivered),
        (204, Delivered),
        (301, Failed),
        (302, Failed),
        (400, Failed),
        (404, Failed),
        (410, Gone),
        (429, Throttled),
        (500, Failed),
    ],
)
def test_webhook_statuses(status: int, kind: type[Outcome]) -> None:
    assert isinstance(webhook_outcome(status, headers(), NOW), kind)


def test_a_webhook_may_ask_for_a_wait_within_bounds() -> None:
    assert webhook_outcome(429, headers(retry_after="7"), NOW) == Throttled(
        "the receiver answered 429", timedelta(seconds=7)
    )
    assert webhook_outcome(429, headers(retry_after="0"), NOW) == Throttled(
        "the receiver answered 429", timedelta(seconds=1)
    )
    assert webhook_outcome(429, headers(retry_after="99999999"), NOW) == Throttled(
        "the receiver answered 429", timedelta(minutes=15)
    )
    unavailable = webhook_outcome(503, headers(retry_after="60"), NOW)
    assert isinstance(unavailable, Failed)
    assert unavailable.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("policy", "asked", "attempt", "wait"),
    [
        ("SECONDLY", None, 1, 1),
        ("TEN_SECONDLY_ROLLING", None, 1, 10),
        ("TEN_SECONDLY_ROLLING", None, 3, 30),
        ("TEN_SECONDLY_ROLLING", "4", 3, 4),
        ("TEN_SECONDLY_ROLLING", "99999999", 1, 900),
        ("TEN_SECONDLY_ROLLING", "garbage", 2, 20),
        ("DAILY", None, 1, 3600),
        ("DAILY", "40000", 1, 40000),
        ("", None, 2, 20),
    ],
)
def test_hubspot_limits_are_waited_for_by_their_policy(
    policy: str, asked: str | None, attempt: int, wait: int
) -> None:
    given = headers() if asked is None else headers(retry_after=asked)
    outcome = fault(
        429,
        given,
        {"status": "error", "errorType": "RATE_LIMIT", "policyName": policy},
        NOW,
        attempt,
    )
    assert isinstance(outcome, Throttled)
    assert outcome.wait == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Refused),
        (423, Failed),
        (477, Throttled),
        (500, Failed),
        (502, Failed),
        (302, Failed),
    ],
)
def test_hubspot_statuses(status: int, kind: type[Outcome]) -> None:
    assert isinstance(fault(status, headers(), {}, NOW, 1), kind)


def test_hubspot_moving_to_another_data_centre_may_take_a_day_but_not_longer() -> None:
    assert fault(477, headers(retry_after="7200"), {}, NOW, 1) == Throttled(
        "HubSpot answered 477", timedelta(hours=2)
    )
    assert fault(477, headers(retry_after="9999999"), {}, NOW, 1) == Throttled(
        "HubSpot answered 477", timedelta(hours=24)
    )


def test_a_lock_is_given_at_least_two_seconds() -> None:
    locked = fault(423, headers(), {}, NOW, 1)
    assert isinstance(locked, Failed)
    assert locked.retry_after == timedelta(seconds=2)
    assert not locked.destination


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


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n"),
        (b"a\nb", b"a\r\nb\r\n.\r\n"),
        (b"a\r\n.\r\nMAIL FROM:<x>\r\n", b"a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
        (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
    ],
)
def test_no_line_of_a_mail_ends_it_early(content: bytes, wire: bytes) -> None:
    assert dot_stuffed(content) == wire
