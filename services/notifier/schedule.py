"""When a delivery is retried. Pure: the time is always an argument."""

from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

from shared.messages import Facts
from shared.values.periods import CLOSES, OPENS, is_open, next_opening

DELAYS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))
THEN_EVERY = timedelta(hours=2)

JITTER = 0.1
"""The fraction by which a delay may be shortened, so that deliveries that failed together do not
retry together."""

BLOCKED = timedelta(minutes=15)
"""How often one delivery probes a channel whose credentials were refused: the receiver may have
fixed them."""

OFFER_HOURS = datetime.combine(date.min, CLOSES) - datetime.combine(date.min, OPENS)
"""The length of a day's business hours: how long an offer that had to wait for them may be sent."""

LONGEST_RETRY_AFTER = timedelta(minutes=15)
"""The longest wait that a receiver can ask for."""


def delay(step: int, jitter: float) -> timedelta:
    """Returns the pause after attempt `step` (from 0). `jitter`: a random number in [0, 1)."""
    whole = DELAYS[step] if step < len(DELAYS) else THEN_EVERY
    return whole * (1 - JITTER * jitter)


def next_attempt(
    now: datetime,
    step: int,
    deadline: datetime,
    jitter: float,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """Returns when to try next; None if that would be past the deadline.

    `retry_after`: what the receiver asked for; it can only lengthen the pause.
    """
    pause = delay(step, jitter)
    if retry_after is not None:
        pause = max(pause, min(retry_after, LONGEST_RETRY_AFTER))
    return now + pause if now + pause <= deadline else None


def mailable_at(facts: Facts, now: datetime) -> datetime | None:
    """Returns when an offer with these facts may be mailed; None: now.

    Offers are mailed between nine and six on the account's business days.
    """
    offer = facts.proposal or facts.letter
    holidays = offer is not None and offer.holidays
    place = (facts.account.time_zone, facts.account.country, holidays)
    return None if is_open(now, *place) else next_opening(now, *place)


def read_retry_after(raw: str | None, now: datetime) -> timedelta | None:
    """Reads `Retry-After`, as seconds or as an HTTP date; None if it is neither."""
    if raw is None:
        return None
    text = raw.strip()
    if text.isascii() and text.isdigit():
        # More digits than a century of seconds would overflow a timedelta.
        return timedelta(seconds=min(int(text[:12]), 3_000_000_000))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, ArithmeticError, LookupError, TypeError):  # all can leave the parser
        return None
    if moment.tzinfo is None:
        return None
    return max(moment - now, timedelta())
