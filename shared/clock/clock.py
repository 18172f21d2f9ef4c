"""The clock that decisions, periods and schedules use; leases and back-off use monotonic time
instead.

With the test clock, every process is ahead of or behind real time by one offset, stored in
`app_state`.
"""

from datetime import UTC, datetime, timedelta

STATE_KEY = "test_clock"
CHANNEL = "plimsoll_clock"


class Clock:
    """Real time plus the test clock's offset. The task that watches `app_state`
    (shared/clock/state.py) calls `follow`.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset

    @property
    def offset(self) -> timedelta:
        return self._offset

    def now(self) -> datetime:
        """Timezone-aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def follow(self, offset: timedelta) -> None:
        self._offset = offset
