"""What HubSpot's answers mean. Every field is optional: a 429 has `errorType` where others have `category`. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.notifier.channels.base import Failed, Misconfigured, Outcome, Refused, Throttled, reason
from services.notifier.channels.http_answers import throttle_wait
from services.notifier.schedule import read_retry_after

LOCKED_WAIT = timedelta(seconds=2)
TEN_SECONDS = timedelta(seconds=10)
PARKED = timedelta(hours=1)
"""A spent day, or a move between data centres, without a word of how long: one question an hour costs nothing."""

_LONGEST = timedelta(hours=24)


def fault(status: int, headers: httpx.Headers, body: Mapping[str, Any], now: datetime, attempt: int) -> Outcome:
    """The outcome of any answer that is not 2xx. `attempt` counts from 1: a ten-second limit that keeps hitting is given more time."""
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
    """A day's limit is waited for in full; everything else for at most a quarter of an hour."""
    if "DAILY" in policy.upper():
        return min(max(asked or PARKED, timedelta(seconds=1)), _LONGEST)
    if "TEN_SECONDLY" in policy.upper():
        return throttle_wait(asked, TEN_SECONDS * attempt)
    return throttle_wait(asked, timedelta(seconds=1) if "SECONDLY" in policy.upper() else TEN_SECONDS * attempt)


def _said(status: int, body: Mapping[str, Any]) -> str:
    parts = [str(body[key]) for key in ("policyName", "category", "message") if body.get(key)]
    return reason(" ".join([f"HubSpot answered {status}", *parts]))
