"""Sends requests to the installation: retries while it is busy or down, and fails with one line if
that cannot help.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from plimsoll.failures import CommandError

PATIENCE = 300.0
"""Seconds without a usable response after which the import stops. The same command resumes it
later.
"""
_FIRST, _LONGEST = 0.5, 30.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_HINTS = {
    401: "the key is not known: set PLIMSOLL_ADMIN_KEY to one with the scope accounts:write",
    403: "the key is not allowed to do this: it needs the scope accounts:write",
    404: "there is no such address: is it the URL of a Plimsoll version that supports batches?",
}


@dataclass
class Sender:
    """`waits`: called with the reason and the pause before each retry."""

    client: httpx.AsyncClient
    waits: Callable[[str, float], None]
    patience: float = PATIENCE
    _failures: int = field(default=0, init=False)

    async def post(
        self, path: str, body: bytes, media: str, good: tuple[int, ...]
    ) -> tuple[int, Any]:
        """The status, one of `good`, and the response. CommandError if there is none."""
        began = time.monotonic()
        while True:
            reason, asked = "", None
            try:
                answer = await self.client.post(path, content=body, headers={"Content-Type": media})
            except httpx.TransportError as error:
                reason = f"no answer ({type(error).__name__})"
            except httpx.InvalidURL as error:
                raise CommandError(f"{self.client.base_url} is not a URL: {error}") from None
            else:
                if answer.status_code in good:
                    self._failures = 0
                    return answer.status_code, _decoded(answer)
                if answer.status_code not in _AGAIN:
                    raise CommandError(self._refused(answer))
                reason, asked = f"answered with {answer.status_code}", _retry_after(answer)
            if time.monotonic() - began > self.patience:
                raise CommandError(
                    f"{self.client.base_url}: {reason} for {self.patience:.0f} s; "
                    "the same command continues where this one stopped"
                )
            await self._pause(reason, asked)

    async def _pause(self, reason: str, asked: float | None) -> None:
        seconds = min(_LONGEST, _FIRST * 2 ** min(self._failures, 10))
        self._failures += 1
        seconds = asked if asked is not None else random.uniform(seconds / 2, seconds)
        self.waits(reason, seconds)
        await asyncio.sleep(seconds)

    def _refused(self, answer: httpx.Response) -> str:
        hint = _HINTS.get(answer.status_code)
        if hint is None:
            found = _decoded(answer)
            hint = str(found.get("detail", "")) if isinstance(found, dict) else ""
        return (
            f"{self.client.base_url} answered with {answer.status_code}: "
            f"{hint or 'no reason was given'}"
        )


def _retry_after(answer: httpx.Response) -> float | None:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), _LONGEST) if told.isdecimal() else None


def _decoded(answer: httpx.Response) -> Any:
    try:
        return msgspec.json.decode(answer.content)
    except msgspec.MsgspecError:
        return None
