"""When a delivery is tried again: pure, every moment is an argument."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from shared.periods import CLOSES, OPENS, is_open, next_opening

DELAYS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))
THEN_EVERY = timedelta(hours=2)
DEADLINES = {"email": timedelta(hours=24), "webhook": timedelta(hours=27), "hubspot": timedelta(hours=72), "in_app": timedelta(days=36500)}
"""How long after a message is due it is still worth sending."""

JITTER = 0.1
"""The part of a delay by which an attempt may come early, so that what failed together does not return together."""

BLOCKED = timedelta(minutes=15)
"""How often a channel whose credentials were refused is tried with one delivery: they may have been mended on the other side."""

OFFER_HOURS = datetime.combine(date.min, CLOSES) - datetime.combine(date.min, OPENS)
"""How long a day's business hours are: so much time an offer has when it had to wait for them."""

LONGEST_RETRY_AFTER = timedelta(minutes=15)
"""A receiver may slow us down, but not park us."""


def delay(step: int, jitter: float) -> timedelta:
    """The pause after the failure of attempt `step` (0 is the first). `jitter` is a random number in [0, 1)."""
    whole = DELAYS[step] if step < len(DELAYS) else THEN_EVERY
    return whole * (1 - JITTER * jitter)


def next_attempt(now: datetime, step: int, deadline: datetime, jitter: float, retry_after: timedelta | None = None) -> datetime | None:
    """The moment of the next attempt; None when that would be past the deadline.

    `retry_after`: what the receiver asked for, which only lengthens.
    """
    pause = delay(step, jitter)
    if retry_after is not None:
        pause = max(pause, min(retry_after, LONGEST_RETRY_AFTER))
    return now + pause if now + pause <= deadline else None


def mailable_at(facts: Mapping[str, Any], now: datetime) -> datetime | None:
    """When an offer with these facts may be mailed, where that is not now: from nine to six on a business day of the account."""
    account = facts["account"]
    place = account["time_zone"], account.get("country"), bool((facts.get("proposal") or {}).get("holidays"))
    return None if is_open(now, *place) else next_opening(now, *place)


def read_retry_after(raw: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` as seconds or as an HTTP date; None for what is neither."""
    if raw is None:
        return None
    text = raw.strip()
    if text.isascii() and text.isdigit():
        # More digits than a century of seconds would overflow a timedelta.
        return timedelta(seconds=min(int(text[:12]), 3_000_000_000))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, ArithmeticError, LookupError, TypeError):  # the parser lets through what its own pieces raise
        return None
    if moment.tzinfo is None:
        return None
    return max(moment - now, timedelta())
