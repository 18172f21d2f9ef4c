"""The rules of thresholds again, slow and obvious: percentages as exact fractions, every rule a
loop over all alerts ever raised.
"""

from dataclasses import dataclass, field
from fractions import Fraction

Key = int | str
"""An integer is a percentage, a string an absolute amount."""


@dataclass
class Alert:
    key: Key
    state: str
    again: bool
    resolution: str | None = None


@dataclass
class Reference:
    gauge: bool
    alerts: list[Alert] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    had_limit: bool = False
    limit: Fraction | None = None
    was_corrected: set[Key] = field(default_factory=set)
    was_lifted: set[Key] = field(default_factory=set)
    gated_at: list[int] = field(default_factory=list)
    revision: int = 0

    def look(self, used: Fraction, limit: Fraction | None, keys: tuple[Key, ...]) -> None:
        if not self.had_limit or limit != self.limit:
            self.revision += 1
        self._usage_fell(used, limit)
        self._limit_rose(used, limit)
        wanted = () if limit == 0 else keys
        self._thresholds_went(wanted)
        self._newly_reached(used, limit, wanted)
        if (
            limit == 0
            and used > 0
            and self.gated_at[-1:] != [self.revision]
            and (self.gauge or not self.gated_at)
        ):
            self.gated_at.append(self.revision)
            self.messages.append("gated")
        self.had_limit, self.limit = True, limit

    def begin_period(self) -> None:
        """For a counter: nothing of the old period is left but its alerts."""
        for alert in self._in("open"):
            alert.state, alert.resolution = "resolved", "reset"
        for alert in self._in("superseded"):
            alert.state = "old"
        self._forget()
        self.gated_at.clear()
        self.revision = 0

    def cancel(self) -> None:
        for alert in self._in("open"):
            alert.state, alert.resolution = "resolved", "cancelled"
        for alert in self._in("superseded"):
            alert.state = "old"
        if self.had_limit:
            self.revision += 1
        self._forget(keep_lifted=True)

    def _forget(self, *, keep_lifted: bool = False) -> None:
        self.had_limit, self.limit = False, None
        self.was_corrected.clear()
        if not keep_lifted:
            self.was_lifted.clear()

    def _in(self, *states: str) -> list[Alert]:
        return [alert for alert in self.alerts if alert.state in states]

    def _usage_fell(self, used: Fraction, limit: Fraction | None) -> None:
        lower = (
            self.limit
            if limit is None or (self.limit is not None and self.limit < limit)
            else limit
        )
        for alert in self._in("open", "superseded"):
            if self.gauge and below_margin(used, lower, alert.key):
                alert.state, alert.resolution = "resolved", "below"
            if not self.gauge and below(used, lower, alert.key):
                alert.state, alert.resolution = "resolved", "correction"
                self.was_corrected.add(alert.key)

    def _limit_rose(self, used: Fraction, limit: Fraction | None) -> None:
        if not self.had_limit or self.limit is None or (limit is not None and limit <= self.limit):
            return
        for alert in self._in("open", "superseded"):
            if isinstance(alert.key, int) and (limit is None or below(used, limit, alert.key)):
                alert.state, alert.resolution = (
                    "resolved",
                    "unlimited" if limit is None else "limit",
                )
                self.was_lifted.add(alert.key)
        for key in list(self.was_corrected):
            if isinstance(key, int) and (limit is None or below(used, limit, key)):
                self.was_corrected.remove(key)
                self.was_lifted.add(key)

    def _thresholds_went(self, wanted: tuple[Key, ...]) -> None:
        for alert in self._in("open", "superseded"):
            if alert.key not in wanted:
                alert.state, alert.resolution = (
                    ("resolved", "limit") if alert.state == "open" else ("old", None)
                )
        self.was_corrected &= set(wanted)

    def _newly_reached(
        self, used: Fraction, limit: Fraction | None, wanted: tuple[Key, ...]
    ) -> None:
        known = {alert.key for alert in self._in("open", "superseded")} | self.was_corrected
        fresh = [key for key in wanted if key not in known and is_reached(used, limit, key)]
        if not fresh:
            return
        highest = max(
            [*fresh, *(alert.key for alert in self._in("open"))], key=lambda key: place(key, limit)
        )
        if highest in fresh:
            for alert in self._in("open"):
                alert.state = "superseded"
            self.messages.append(str(highest))
        for key in fresh:
            self.alerts.append(
                Alert(key, "open" if key == highest else "superseded", key in self.was_lifted)
            )
        self.was_lifted -= set(fresh)


def is_reached(used: Fraction, limit: Fraction | None, key: Key) -> bool:
    if isinstance(key, str):
        return used >= Fraction(key)
    return limit is not None and limit > 0 and used * 100 >= limit * key


def below(used: Fraction, limit: Fraction | None, key: Key) -> bool:
    if isinstance(key, str):
        return used < Fraction(key)
    return limit is not None and limit > 0 and used * 100 < limit * key


def below_margin(used: Fraction, limit: Fraction | None, key: Key) -> bool:
    if isinstance(key, str):
        return used < Fraction(key) * Fraction(98, 100)
    if limit is None or limit == 0:
        return False
    return used * 100 < limit * (key - 2) or (key <= 2 and used <= 0)


def place(key: Key, limit: Fraction | None) -> tuple[Fraction, bool]:
    amount = Fraction(key) if isinstance(key, str) else limit * key / 100 if limit else Fraction(0)
    return amount, isinstance(key, str)
