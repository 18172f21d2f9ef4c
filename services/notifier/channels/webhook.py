"""Standard Webhooks: signed, one permanent id per message, a new timestamp per attempt.

A retry is always safe: a receiver recognises a repetition by its `webhook-id`.
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field
from standardwebhooks import Webhook

from services.notifier.channels.base import (
    Begin,
    Channel,
    Claimed,
    Failed,
    Outcome,
    Withdrawn,
    reason,
)
from services.notifier.channels.http_answers import webhook_outcome
from services.notifier.channels.kind import Config, HttpSettings, Kept
from services.notifier.channels.safe_http import NoReply, NotSent, SafeHttp, UrlFault
from services.notifier.delivery.payload import body, test_body
from shared.runtime.context import Context

ROTATION = timedelta(days=1)
"""How long both secrets sign after a rotation."""

_SECRET_BYTES = 32


def signed_headers(
    secrets: Sequence[str], message_id: str, now: datetime, content: bytes
) -> dict[str, str]:
    """Returns the content type and the three signature headers.

    `now` must be timezone-aware; it is converted because the library reads any time as UTC.
    """
    stamp = now.astimezone(UTC)
    text = content.decode()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(message_id, stamp, text) for secret in secrets
        ),
    }


class WebhookChannel:
    def __init__(
        self,
        url: str,
        secrets: Callable[[], Sequence[str]],
        http: SafeHttp,
        wall_clock: Callable[[], datetime],
    ) -> None:
        """`secrets`: the current `whsec_…`, and during a rotation the previous one too.

        `wall_clock`: real time, because the receiver compares it with its own.
        """
        self._url = url
        self._secrets = secrets
        self._http = http
        self._wall_clock = wall_clock

    async def send(self, delivery: Claimed, begin: Begin) -> Outcome:
        if not await begin():
            return Withdrawn()
        return await self._post(f"msg_{delivery.id}", body(delivery))

    async def test(self, to: str | None) -> Outcome:
        now = self._wall_clock()
        return await self._post(f"test_{now.timestamp():.0f}", test_body(now))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _post(self, message_id: str, content: bytes) -> Outcome:
        now = self._wall_clock()
        headers = signed_headers(self._secrets(), message_id, now, content)
        try:
            reply = await self._http.request("POST", self._url, headers=headers, content=content)
        except (NotSent, NoReply, UrlFault) as error:
            return Failed(reason(str(error)))
        return webhook_outcome(reply.status, reply.headers, now)


class WebhookSettings(HttpSettings):
    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://hooks.example.com/plimsoll"}}
    )
    summary: ClassVar[str] = "Set the webhook"
    description: ClassVar[str] = (
        "Signed per Standard Webhooks. `secret` is returned only when it is generated."
    )
    example: ClassVar[Mapping[str, str]] = {
        "url": "https://hooks.example.com/plimsoll",
        "secret": "***",
    }
    masked: ClassVar[tuple[str, ...]] = ("secret",)
    rotate: Annotated[bool, Field(description="Generate a new secret; both sign for a day")] = False

    def kept(self, before: Mapping[str, Any] | None) -> Kept:
        """Generates a secret for a new webhook, or for a rotation."""
        settings = {"url": self.url}
        if before is not None and not self.rotate:
            return Kept(settings, before)
        fresh = new_secret()
        until = (datetime.now(UTC) + ROTATION).isoformat()
        previous = (before or {}).get("secret")
        return Kept(
            settings,
            {"secret": fresh, "previous": previous, "previous_until": until},
            {"secret": fresh},
        )


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def make(context: Context, config: Config) -> Channel:
    http = SafeHttp(allow_private=context.settings.allow_private_urls)
    return WebhookChannel(
        config.settings["url"], lambda: signing(config.secrets, _real_time()), http, _real_time
    )


def signing(kept: Mapping[str, Any], now: datetime) -> list[str]:
    """Returns the current secret, and for a day after a rotation the previous one."""
    found = [kept["secret"]]
    if kept.get("previous") and now < datetime.fromisoformat(kept["previous_until"]):
        found.append(kept["previous"])
    return found


def _real_time() -> datetime:
    """Not the test clock: receivers compare with real time."""
    return datetime.now(UTC)
