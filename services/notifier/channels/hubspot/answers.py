"""What HubSpot's answers mean. Pure.

Every field is optional: a 429 has `errorType` instead of `category`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notifier.channels.base import (
    Failed,
    Misconfigured,
    Outcome,
    Refused,
    Throttled,
    reason,
)
from services.notifier.channels.http_answers import throttle_wait
from services.notifier.schedule import read_retry_after

LOCKED_WAIT = timedelta(seconds=2)
TEN_SECONDS = timedelta(seconds=10)
PARKED = timedelta(hours=1)
"""The wait for an exhausted daily limit or a data centre migration, if HubSpot names none: one
request an hour is cheap."""

_LONGEST = timedelta(hours=24)


def fault(
    status: int, headers: Mapping[str, str], body: Mapping[str, Any], now: datetime, attempt: int
) -> Outcome:
    """Returns the outcome of an answer that is not 2xx.

    `headers`: by name in lower case. `attempt` counts from 1: the wait for a ten-second limit grows
    with each attempt.
    """
    said = _said(status, body)
    asked = read_retry_after(headers.get("retry-after"), now)
    if status in (401, 403):
        return Misconfigured(said)
    if status == 429:
        return Throttled(said, limit_wait(str(body.get("policyName", "")), asked, attempt))
    if status == 477:
        return Throttled(said, min(asked or PARKED, _LONGEST))
    if status == 423:
        return Failed(said, retry_after=max(asked or LOCKED_WAIT, LOCKED_WAIT), destination=False)
    if status >= 500 or status in (408, 425) or status < 400:
        return Failed(said, retry_after=asked)
    return Refused(said)


def limit_wait(policy: str, asked: timedelta | None, attempt: int) -> timedelta:
    """A daily limit is waited for in full, any other for at most a quarter of an hour."""
    if "DAILY" in policy.upper():
        return min(max(asked or PARKED, timedelta(seconds=1)), _LONGEST)
    if "TEN_SECONDLY" in policy.upper():
        return throttle_wait(asked, TEN_SECONDS * attempt)
    return throttle_wait(
        asked, timedelta(seconds=1) if "SECONDLY" in policy.upper() else TEN_SECONDS * attempt
    )


def _said(status: int, body: Mapping[str, Any]) -> str:
    parts = [str(body[key]) for key in ("policyName", "category", "message") if body.get(key)]
    return reason(" ".join([f"HubSpot answered {status}", *parts]))
