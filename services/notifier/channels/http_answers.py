"""What an HTTP status means for a delivery, unless the receiver has its own dialect. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.notifier.channels.base import Delivered, Failed, Gone, Outcome, Throttled
from services.notifier.schedule import LONGEST_RETRY_AFTER, read_retry_after

_UNASKED_WAIT = timedelta(minutes=1)
_LEAST_WAIT = timedelta(seconds=1)


def webhook_outcome(status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
    """`headers`: by name in lower case.

    By Standard Webhooks: 2xx is success, 410 disables the channel, 429 slows down.

    Anything else is retried, including 4xx: the receiver may fix its side.
    """
    if 200 <= status < 300:
        return Delivered()
    asked = read_retry_after(headers.get("retry-after"), now)
    reason = f"the receiver answered {status}"
    if status == 410:
        return Gone(reason)
    if status == 429:
        return Throttled(reason, throttle_wait(asked))
    return Failed(reason, retry_after=asked if status >= 500 else None, destination=status >= 500)


def throttle_wait(asked: timedelta | None, otherwise: timedelta = _UNASKED_WAIT) -> timedelta:
    """Returns what was asked for, but at least a second and at most a quarter of an hour."""
    return min(max(otherwise if asked is None else asked, _LEAST_WAIT), LONGEST_RETRY_AFTER)
