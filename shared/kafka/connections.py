"""Connections to brokers, on any event loop."""

from typing import Any

from aiokafka import conn
from aiokafka.errors import KafkaConnectionError


class _Connection(conn.AIOKafkaConnection):  # type: ignore[misc] # aiokafka has no types
    """Writing to a connection that has just been cut is an OSError at most in asyncio, which
    aiokafka expects, and a RuntimeError in uvloop, which it takes for a defect: its background task
    ends, and our loop with it (aio-libs/aiokafka#1038).
    """

    def send(self, request: Any, expect_response: bool = True) -> Any:
        try:
            return super().send(request, expect_response)
        except RuntimeError as error:
            raise self._broken(error) from error

    def _send_sasl_token(self, payload: bytes, expect_response: bool = True) -> Any:
        try:
            return super()._send_sasl_token(payload, expect_response)
        except RuntimeError as error:
            raise self._broken(error) from error

    def _broken(self, error: RuntimeError) -> Exception:
        """What it means, after closing; the error itself if the connection stands."""
        if not self._writer.is_closing():
            return error
        self.close(reason=conn.CloseReason.CONNECTION_BROKEN)
        broken: Exception = KafkaConnectionError(f"{self.host}:{self.port} is gone: {error}")
        return broken


def connect_safely() -> None:
    """From now on, all clients of this process connect like this. There is no public way to say
    this to one of them.
    """
    conn.AIOKafkaConnection = _Connection
