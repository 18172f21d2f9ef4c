"""A real mail server that can be told to misbehave at any step."""

import asyncio
import email
import email.policy
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

DROP = "drop the connection"
FOR_EVER = b"for ever: "
KEEP_AND_DROP = "keep the mail and drop the connection"


@dataclass
class Script:
    """The replies to the next commands of each kind; with none left, everything is accepted."""

    mail: deque[str] = field(default_factory=deque)
    rcpt: deque[str] = field(default_factory=deque)
    data: deque[str] = field(default_factory=deque)
    delay: float = 0.0


class FaultyServer:
    """Keeps the mails it has accepted, even if the client never learns of it."""

    def __init__(self, **smtp: Any) -> None:
        self.script = Script()
        self.taken: list[tuple[str, EmailMessage]] = []
        self._smtp = smtp
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Runs in the test's event loop; returns HOST:PORT."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(self, hostname="mail.test", **self._smtp), "127.0.0.1", 0
        )
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def will(self, step: str, answers: Iterable[str]) -> None:
        getattr(self.script, step).extend(answers)

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = await self._answer(server, self.script.mail)
        envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = await self._answer(server, self.script.rcpt)
        if answer is None or answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.script.delay)
        first = self.script.data[0] if self.script.data else None
        if first is None or first == KEEP_AND_DROP or first.startswith("2"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.taken += [(recipient, message) for recipient in envelope.rcpt_tos]
        answer = await self._answer(server, self.script.data)
        return answer or "250 taken"

    async def _answer(self, server: SMTP, answers: deque[str]) -> str | None:
        if not answers:
            return None
        answer = answers.popleft()
        if answer in (DROP, KEEP_AND_DROP):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 gone"
        return answer


class ScriptedServer:
    """Speaks SMTP line by line with scripted replies that no server library would send. All other
    commands are accepted.
    """

    def __init__(
        self, greeting: bytes | None = b"220 mail.test\r\n", **replies: bytes | None
    ) -> None:
        """`replies` by the first word of a command; None closes the connection, b"" sends
        nothing.
        """
        self._greeting = greeting
        self._replies = {name.upper().encode(): reply for name, reply in replies.items()}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _say(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        """Sends until the client gives up, if the reply is endless."""
        while reply.startswith(FOR_EVER):
            writer.write(reply.removeprefix(FOR_EVER) * 1000)
            await writer.drain()
        writer.write(reply)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = self._greeting
            while reply is not None:
                await self._say(writer, reply)
                line = await reader.readline()
                if not line:
                    break
                reply = self._replies.get(
                    line.split()[0].upper() if line.split() else b"", b"250 OK\r\n"
                )
        except ConnectionError:
            return
        finally:
            writer.close()
