"""Every failure of a mail server says what is wrong and what to do, whatever the library raises."""

import ipaddress
import ssl
import time
from typing import Any

import pytest
import trustme

from services.notifier.channels import email as email_module
from services.notifier.channels.base import Delivered, Failed, Misconfigured, Outcome, Refused
from services.notifier.channels.email import EmailChannel, Mail, read_smtp_url
from tests.integration.notifier.test_email import TEXT, Begun, channel, contexts
from tests.support.smtp import FOR_EVER, FaultyServer, ScriptedServer
from tests.unit.notifier.samples import NOW, claimed


async def sent(
    address: str, query: str = "", scheme: str = "smtp", tls: ssl.SSLContext | None = None
) -> Outcome:
    return await channel(address, query, scheme, tls).send(claimed(), Begun())


def says(outcome: Outcome, kind: type[Outcome], words: str) -> None:
    assert isinstance(outcome, kind), outcome
    told: str = outcome.reason  # type: ignore[union-attr]
    assert words in told
    assert "Error" not in told, "the name of a class is no cause"
    assert "\n" not in told


HELLO = b"250-mail.test\r\n250 "
SCRIPTS: dict[str, tuple[dict[str, Any], str, str, type[Outcome], str]] = {
    # the server's script, user@, query, outcome, words of its reason
    "no STARTTLS": (
        {},
        "",
        "?starttls=required",
        Misconfigured,
        "offers no STARTTLS, and starttls=required",
    ),
    "no AUTH": ({}, "user:pw@", "", Misconfigured, "offers no AUTH without encryption"),
    "AUTH of another kind": (
        {"ehlo": HELLO + b"AUTH NTLM\r\n"},
        "user:pw@",
        "",
        Misconfigured,
        "no supported AUTH method",
    ),
    "STARTTLS refused": (
        {"ehlo": HELLO + b"STARTTLS\r\n", "starttls": b"454 no TLS\r\n"},
        "",
        "",
        Failed,
        "454 no TLS",
    ),
    "greets with 554": (
        {"greeting": b"554 5.7.1 you are listed\r\n"},
        "",
        "",
        Failed,
        "accepts no mail from this host: 554 5.7.1 you are listed",
    ),
    "greets with 421": ({"greeting": b"421 too busy\r\n"}, "", "", Failed, "421 too busy"),
    "closes at once": (
        {"greeting": None},
        "",
        "",
        Failed,
        "closed the connection before its greeting",
    ),
    "speaks HTTP": (
        {"greeting": b"HTTP/1.1 400 Bad Request\r\n"},
        "",
        "",
        Failed,
        "does not speak SMTP",
    ),
    "says nothing": ({"greeting": b""}, "", "", Failed, "sends no greeting"),
    "says nothing after the greeting": (
        {"ehlo": b""},
        "",
        "?starttls=auto",
        Failed,
        "stopped answering",
    ),
    "refuses EHLO and HELO": (
        {"ehlo": b"550 no\r\n", "helo": b"550 no\r\n"},
        "",
        "",
        Failed,
        "accepts no mail from this host: 550 no",
    ),
    "closes at MAIL": (
        {"mail": None},
        "",
        "",
        Failed,
        "closed the connection before it took the mail",
    ),
    "421 at RCPT": ({"rcpt": b"421 shutting down\r\n"}, "", "", Failed, "421 shutting down"),
    "several lines": (
        {"rcpt": b"550-5.7.1 see\r\n550-https://x.test\r\n550 bye\r\n"},
        "",
        "",
        Refused,
        "see https://x.test bye",
    ),
    "quota": ({"rcpt": b"552 5.2.2 mailbox full\r\n"}, "", "", Failed, "552 5.2.2 mailbox full"),
    "quota, no enhanced code": ({"rcpt": b"552 over quota\r\n"}, "", "", Failed, "552 over quota"),
    "too large": (
        {"mail": b"552 5.3.4 message too big\r\n"},
        "",
        "",
        Refused,
        "552 5.3.4 message too big",
    ),
    "452 at DATA": ({"data": b"452 4.3.1 no space\r\n"}, "", "", Failed, "452 4.3.1 no space"),
    "garbage bytes": ({"rcpt": b"550 \xff\xfe\x00\x1b[31m no\r\n"}, "", "", Refused, "550"),
    "an endless line": (
        {"rcpt": b"550 " + b"x" * 100_000 + b"\r\n"},
        "",
        "",
        Failed,
        "does not speak SMTP",
    ),
    "a code that is not a number": ({"rcpt": b"banana\r\n"}, "", "", Failed, "does not speak SMTP"),
}


@pytest.mark.parametrize(
    ("script", "user", "query", "kind", "words"), SCRIPTS.values(), ids=SCRIPTS
)
async def test_each_failure_is_explained_in_words(
    monkeypatch: pytest.MonkeyPatch,
    script: dict[str, Any],
    user: str,
    query: str,
    kind: type[Outcome],
    words: str,
) -> None:
    monkeypatch.setattr(email_module, "COMMAND_SECONDS", 0.5)
    async with ScriptedServer(**script) as address:
        says(await sent(user + address, query), kind, words)


@pytest.mark.parametrize("step", ["greeting", "ehlo", "rcpt"])
@pytest.mark.parametrize("said", [b"250-and\r\n", b"x" * 1000], ids=["lines", "one line"])
async def test_an_endless_reply_is_not_read_forever(step: str, said: bytes) -> None:
    started = time.process_time()
    async with ScriptedServer(**{step: FOR_EVER + said}) as address:
        says(await sent(address), Failed, "the server")
    assert time.process_time() - started < 2.0


async def test_a_full_mailbox_does_not_count_against_the_server() -> None:
    for reply, destination in (
        (b"552 5.2.2 full\r\n", False),
        (b"450 greylisted\r\n", False),
        (b"421 closing\r\n", True),
    ):
        async with ScriptedServer(rcpt=reply) as address:
            outcome = await sent(address)
            assert isinstance(outcome, Failed)
            assert outcome.destination is destination


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:9", "nothing listens on that port"),
        ("localhost:9", "nothing listens on that port"),
        ("no-such-host.invalid:25", "name cannot be resolved"),
        (f"{'a' * 70}.example:25", "name cannot be resolved"),
        ("..:25", "name cannot be resolved"),
    ],
)
async def test_an_unreachable_server_is_explained_in_words(address: str, words: str) -> None:
    says(await sent(address), Failed, words)


async def test_tls_says_what_is_wrong_with_it() -> None:
    authority = trustme.CA()
    server_side, trusting = contexts(authority, "mail.example")
    server = FaultyServer(tls_context=server_side)
    plain = FaultyServer()
    try:
        address = await server.start()
        says(
            await sent(address, "?starttls=required", tls=trusting),
            Misconfigured,
            "certificate is not accepted (IP address mismatch",
        )
        says(
            await sent(address, "?starttls=required"),
            Misconfigured,
            "certificate is not accepted (unable to get local issuer",
        )
        says(
            await sent(await plain.start(), scheme="smtps"),
            Misconfigured,
            "does not speak TLS on this port",
        )
    finally:
        await server.stop()
        await plain.stop()


async def test_a_server_that_takes_the_mail_with_another_2xx_has_it() -> None:
    async with ScriptedServer(
        data=b"354 go\r\n", **{".": b"252 stored\r\n"}
    ) as address:  # it takes the mail's lines for commands
        assert isinstance(await sent(address), Delivered)


@pytest.mark.parametrize(
    "mail_from", ["öre@example.com", "a..b@example.com", "a@example.com, b@example.com", "nobody"]
)
async def test_a_sender_that_nothing_can_be_sent_from_blocks_the_channel_and_ends_no_process(
    mail_from: str,
) -> None:
    config = read_smtp_url("smtp://127.0.0.1:9", mail_from, guarded=False)
    sends = EmailChannel(config, lambda _: Mail("hanako@example.com", "", TEXT, None), lambda: NOW)
    says(await sends.send(claimed(), Begun()), Misconfigured, "correct PLIMSOLL_MAIL_FROM")
    says(await sends.test(None), Misconfigured, "correct PLIMSOLL_MAIL_FROM")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (
            "smtp://straße.example",
            "xn--strae-oqa.example",
        ),  # IDNA 2003 would turn it into another domain, strasse.example
        ("smtps://user:pw@日本語.example:465", "xn--wgv71a119e.example"),
        ("smtp://mail.example", "mail.example"),
        ("smtp://[::1]:25", "::1"),
        (f"smtp://{'ä' * 70}.example", "ä" * 70 + ".example"),
    ],
)
def test_an_international_host_is_the_one_that_was_written(url: str, host: str) -> None:
    assert read_smtp_url(url, "a@example.com", guarded=False).host == host


async def test_the_next_address_of_a_server_is_tried_if_the_first_does_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def both(host: str, port: int, *, allow_private: bool) -> list[Any]:
        return [ipaddress.ip_address("::1"), ipaddress.ip_address("127.0.0.1")]

    monkeypatch.setattr(email_module, "permitted", both)  # instead of a name server
    server = FaultyServer()
    try:
        config = read_smtp_url(
            f"smtp://two.example:{(await server.start()).rpartition(':')[2]}",
            "a@example.com",
            guarded=True,
        )
        sends = EmailChannel(
            config, lambda _: Mail("hanako@example.com", "", TEXT, None), lambda: NOW
        )
        assert await sends.send(claimed(), Begun()) == Delivered()
    finally:
        await server.stop()
