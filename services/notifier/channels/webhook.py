"""Standard Webhooks: signed, one permanent id per message, a new timestamp per attempt.

A retry is always safe: a receiver recognises a repetition by its `webhook-id`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from services.notifier.channels.base import Begin, Claimed, Failed, Outcome, Withdrawn, reason
from services.notifier.channels.http_answers import webhook_outcome
from services.notifier.channels.safe_http import NoReply, NotSent, SafeHttp, UrlFault
from services.notifier.delivery.payload import body, test_body


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
