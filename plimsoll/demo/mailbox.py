"""The demo's mailbox: a real SMTP server on loopback that keeps the mails sent to it."""

import asyncio
import email
import email.policy
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class Mail:
    id: int
    to: str
    subject: str
    html: str
    at: datetime


class AnyPort(Controller):
    """Listens on a free port; aiosmtpd would then connect to port 0 unless it is told the
    number.
    """

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Mailbox:
    """Keeps the newest `limit` mails; `count` counts all. The server runs in its own thread."""

    def __init__(self, limit: int = 200) -> None:
        self.mails: deque[Mail] = deque(maxlen=limit)
        self.count = 0
        self._controller = AnyPort(self, hostname="127.0.0.1", port=0)

    async def handle_DATA(
        self, server: Any, session: Any, envelope: Any
    ) -> str:  # aiosmtpd's name for the hook
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.count += 1
        self.mails.appendleft(
            Mail(
                self.count,
                ", ".join(envelope.rcpt_tos),
                str(message["subject"]),
                _shown(message),
                datetime.now(UTC),
            )
        )
        return "250 taken"

    def clear(self) -> None:
        self.mails.clear()
        self.count = 0

    def start(self) -> str:
        """Starts listening; returns the URL for `PLIMSOLL_SMTP_URL`."""
        self._controller.start()
        assert isinstance(self._controller.server, asyncio.Server)
        host, port = self._controller.server.sockets[0].getsockname()[:2]
        return f"smtp://{host}:{port}"

    def stop(self) -> None:
        self._controller.stop()


def _shown(message: EmailMessage) -> str:
    body = message.get_body(("html", "plain"))
    return "" if body is None else str(body.get_content())
