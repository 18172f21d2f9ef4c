"""E-mail over SMTP: one recipient per envelope, because a partial refusal does not raise.

SMTP cannot be exactly-once: if the server accepts a message but its reply is lost, we cannot know
(RFC 1047). Once the server has said 354 the delivery counts as handed over; without an answer it is
handed over once more with the same Message-ID, as a counted attempt, and then stays `unknown`.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from services.notifier.channels import smtp_faults
from services.notifier.channels.authorities import trusted
from services.notifier.channels.base import (
    Begin,
    Claimed,
    Colleague,
    Delivered,
    Failed,
    Misconfigured,
    Outcome,
    Refused,
    Unanswered,
    Withdrawn,
)
from services.notifier.channels.mime import AddressFault, Envelope, address, build, sender
from services.notifier.channels.safe_http import NotSent, permitted, wire_host
from shared.wording import MailText

COMMAND_SECONDS = 15.0
_READY_FOR_DATA = 354
_TAKEN = range(200, 300)
_NO_SENDER = (
    "the sender is not a valid mail address: correct PLIMSOLL_MAIL_FROM, or the channel's `from`"
)
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, repr=False)
class SmtpConfig:
    host: str
    port: int
    tls: Literal["smtps", "required", "auto", "off"]
    mail_from: str
    username: str | None = None
    password: str | None = None
    guarded: bool = False  # set over HTTP: must be public, unless private addresses are allowed


def read_smtp_url(url: str, mail_from: str, *, guarded: bool) -> SmtpConfig:
    """`url`: accepted by `shared.runtime.setting_values.smtp_url`."""
    parts = urlsplit(url)
    starttls = parse_qs(parts.query).get("starttls", ["auto"])[0]
    tls = "smtps" if parts.scheme == "smtps" else starttls
    assert parts.hostname is not None
    assert tls in ("smtps", "required", "auto", "off")
    return SmtpConfig(
        host=parts.hostname if parts.hostname.isascii() else wire_host(parts.hostname),
        port=parts.port or {"smtps": 465, "required": 587}.get(tls, 25),
        tls=tls,  # type: ignore[arg-type]
        mail_from=mail_from,
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        guarded=guarded,
    )


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent, and to whom: made by `compose` from the delivery. `signer`: in whose name it is
    sent, and who gets the answers; `copy_to`: who of ours gets the same mail.
    """

    to: str
    name: str
    text: MailText
    unsubscribe_url: str | None
    signer: Colleague | None = None
    copy_to: Colleague | None = None


class EmailChannel:
    def __init__(
        self,
        config: SmtpConfig,
        compose: Callable[[Claimed], Mail],
        now: Callable[[], datetime],
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._config = config
        self._compose = compose
        self._now = now
        self._tls_context = tls_context or trusted()
        try:
            self._from: Address | AddressFault = sender(config.mail_from)
        except AddressFault as fault:
            self._from = fault

    async def send(self, delivery: Claimed, begin: Begin) -> Outcome:
        if isinstance(self._from, AddressFault):
            return Misconfigured(_NO_SENDER)
        mail = self._compose(delivery)
        try:
            to = address(mail.to, mail.name)
        except AddressFault as fault:
            return Refused(str(fault), bounce=True)
        envelope = Envelope(
            self._signed(mail.signer),
            to,
            f"{delivery.id}.email@{self._sender.domain}",
            self._now(),
            mail.unsubscribe_url,
            reply_to=_reachable(mail.signer),
            copy_to=_reachable(mail.copy_to),
            by_person=mail.signer is not None,
        )
        content = build(envelope, mail.text.subject, mail.text.text, mail.text.html)
        copy = envelope.copy_to
        return await self._transmit(
            to.addr_spec, content, begin, None if copy is None else copy.addr_spec
        )

    def _signed(self, signer: Colleague | None) -> Address:
        """The address is always the system's own: it is what receivers check."""
        if signer is None:
            return self._sender
        return address(self._sender.addr_spec, signer.name)

    async def test(self, to: str | None) -> Outcome:
        if isinstance(self._from, AddressFault):
            return Misconfigured(_NO_SENDER)
        try:
            target = address(to or self._sender.addr_spec)
        except AddressFault as fault:
            return Refused(str(fault))
        now = self._now()
        envelope = Envelope(
            self._sender, target, f"test-{now.timestamp():.0f}.email@{self._sender.domain}", now
        )
        content = build(envelope, "Plimsoll: test / テスト", *_TEST_BODY)
        return await self._transmit(target.addr_spec, content, _always)

    @property
    def _sender(self) -> Address:
        assert isinstance(self._from, Address)
        return self._from

    async def aclose(self) -> None:
        """Nothing to close: every mail has its own connection."""

    async def _transmit(
        self, to: str, content: bytes, begin: Begin, copy: str | None = None
    ) -> Outcome:
        """`copy`: of ours; if the server refuses it, the mail goes to the customer all the same."""
        handed_over, note = False, None
        try:
            async with self._connected() as client:
                await client.mail(self._sender.addr_spec)
                await client.rcpt(to)
                if copy is not None:
                    note = await _copied(client, copy)
                started = await client.execute_command(b"DATA")
                if started.code != _READY_FOR_DATA:
                    return smtp_faults.refused_content(started.code, started.message)
                if not await begin():
                    return Withdrawn()
                protocol = client.protocol
                if protocol is None or not protocol.is_connected:
                    return Failed("the server closed the connection")
                handed_over = True
                protocol.write(dot_stuffed(content))
                answer = await protocol.read_response(timeout=COMMAND_SECONDS)
                return (
                    Delivered(note=note)
                    if answer.code in _TAKEN
                    else smtp_faults.refused_content(answer.code, answer.message)
                )
        except NotSent as error:
            return Failed(str(error))
        except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:
            if handed_over:
                return Unanswered("the server took the mail and did not answer", again="once")
            return smtp_faults.outcome(error)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        config = self._config
        client = aiosmtplib.SMTP(
            hostname=config.host,
            port=None if config.guarded else config.port,
            username=config.username,
            password=config.password,
            local_hostname=self._sender.domain,
            timeout=COMMAND_SECONDS,
            use_tls=config.tls == "smtps",
            start_tls={"required": True, "auto": None}.get(config.tls, False),
            tls_context=self._tls_context,
            sock=await self._guarded_socket() if config.guarded else None,
        )
        await client.connect()
        try:
            yield client
        finally:
            # Without QUIT: its answer is not worth the wait.
            client.close()

    async def _guarded_socket(self) -> socket.socket:
        addresses = await permitted(self._config.host, self._config.port, allow_private=False)
        for last, place in enumerate(addresses, start=1):
            sock = socket.socket(
                socket.AF_INET6 if place.version == 6 else socket.AF_INET, socket.SOCK_STREAM
            )
            sock.setblocking(False)
            try:
                async with asyncio.timeout(COMMAND_SECONDS):
                    await asyncio.get_running_loop().sock_connect(
                        sock, (str(place), self._config.port)
                    )
                return sock
            except OSError:  # for example an IPv6 address without a route
                sock.close()
                if last == len(addresses):
                    raise
            except asyncio.CancelledError:
                sock.close()
                raise
        raise AssertionError("permitted() returns at least one address")


def dot_stuffed(content: bytes) -> bytes:
    """Encodes the message for DATA: CRLF line ends, doubled leading dots, and the final dot."""
    lines = _LINE_END.split(content.removesuffix(b"\r\n"))
    return (
        b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
        + b".\r\n"
    )


async def _copied(client: aiosmtplib.SMTP, to: str) -> str | None:
    """Why the copy is not sent; None: it is."""
    try:
        await client.rcpt(to)
    except aiosmtplib.SMTPRecipientRefused as refused:
        return f"the copy to our own person was refused with {refused.code}"
    return None


def _reachable(person: Colleague | None) -> Address | None:
    """Without a valid address nobody answers there, and no copy is sent."""
    if person is None or not person.email:
        return None
    try:
        return address(person.email, person.name)
    except AddressFault:
        return None


async def _always() -> bool:
    return True


_TEST_BODY = (
    "This is a test message. The e-mail channel works.\n\n"
    "これはテスト送信です。メールの設定は正しく動作しています。\n",
    '<!doctype html><html lang="en"><body><p>This is a test message. The e-mail channel works.</p>'
    '<p lang="ja">これはテスト送信です。メールの設定は正しく動作しています。</p></body></html>\n',
)
