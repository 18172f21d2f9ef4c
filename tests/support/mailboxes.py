"""A real SMTP server that can be made to misbehave by subclassing `handle_DATA` or
`handle_RCPT`.
"""

import asyncio
import email
import email.policy
from collections import Counter
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class AnyPort(Controller):
    """Listens on a free port; aiosmtpd would then connect to port 0 unless it is told the
    number.
    """

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class TestMailbox:
    """Keeps the mails it accepts, in order of arrival."""

    __test__ = False

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self._controller = AnyPort(self, hostname="127.0.0.1", port=0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.mails += [(recipient, message) for recipient in envelope.rcpt_tos]
        return "250 taken"

    def start(self) -> str:
        self._controller.start()
        assert isinstance(self._controller.server, asyncio.Server)
        return f"smtp://127.0.0.1:{self._controller.server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._controller.stop()

    def repeats(self) -> int:
        """How many mails arrived more than once, by recipient and Message-ID."""
        return sum(
            count - 1
            for count in Counter((to, str(mail["Message-ID"])) for to, mail in self.mails).values()
        )
