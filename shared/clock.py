"""The one clock. Decisions, periods and schedules ask it; leases and back-off use monotonic time instead.

With the test clock every process runs ahead of real time, or behind it, by one offset that is kept in `app_state`.
"""

from datetime import UTC, datetime, timedelta

STATE_KEY = "test_clock"
CHANNEL = "plimsoll_clock"


class Clock:
    """Real time plus the test clock's offset. `follow` is called by the task that watches `app_state` (shared/clock_state.py)."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset

    @property
    def offset(self) -> timedelta:
        return self._offset

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def follow(self, offset: timedelta) -> None:
        self._offset = offset
