"""The circuit breaker of one destination. Pure: the time is always an argument.

Refused credentials are not handled here but by `channel_block`.
"""

from datetime import datetime, timedelta

FAILURES = 5
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)


class Breaker:
    """Closed: everything is sent. Open, after five failures in a row: nothing is sent, and no
    attempts are used up. Then one probe decides.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._openings = 0
        self._open_until: datetime | None = None
        self._paused_until: datetime | None = None

    @property
    def probing(self) -> bool:
        """Whether the next delivery is a probe."""
        return self._open_until is not None

    def room(self, now: datetime, wanted: int) -> int:
        """How many of the `wanted` deliveries may be sent now."""
        if self.rest(now) > timedelta():
            return 0
        return min(wanted, 1) if self.probing else wanted

    def rest(self, now: datetime) -> timedelta:
        """How long nothing may be sent. Bounded: a clock set back must not stop it for days."""
        return max(
            _left(self._open_until, now, LONGEST_REST),
            _left(self._paused_until, now, LONGEST_PAUSE),
        )

    def succeeded(self) -> None:
        self._failures = self._openings = 0
        self._open_until = None

    def failed(self, now: datetime) -> None:
        if self._open_until is not None and now < self._open_until:
            return  # sent before the breaker opened: not new information
        self._failures += 1
        if self._failures >= FAILURES:
            self._open_until = now + min(FIRST_REST * 2**self._openings, LONGEST_REST)
            self._openings = min(self._openings + 1, 10)

    def pause(self, until: datetime) -> None:
        """Sends nothing until then, because the receiver asked for it."""
        self._paused_until = max(until, self._paused_until or until)


def _left(until: datetime | None, now: datetime, longest: timedelta) -> timedelta:
    return timedelta() if until is None else min(max(until - now, timedelta()), longest)
