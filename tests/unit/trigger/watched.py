"""A watched meter in memory, which applies evaluations as the service does."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from services.trigger.thresholds import Evaluation, State, close, evaluate
from shared.catalog import Threshold

Number = int | str | Decimal
DEFAULT = (80, 90, 95, 100)


def thresholds(keys: Iterable[int | str]) -> tuple[Threshold, ...]:
    """Integers are percentages, strings absolute amounts."""
    return tuple(
        Threshold(percent=key) if isinstance(key, int) else Threshold(at=Decimal(key))
        for key in keys
    )


@dataclass
class Row:
    key: str
    epoch: int
    state: str
    again: bool
    notified: bool
    resolution: str | None = None


@dataclass
class Watched:
    """Set `used` and `limit`, then `look` evaluates.

    `sent` lists what a customer is told: the threshold's key, or "gated".
    """

    limit: Decimal | None
    gauge: bool = False
    keys: tuple[int | str, ...] = DEFAULT
    used: Decimal = Decimal(0)
    state: State = field(default_factory=State)
    rows: list[Row] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    last: Evaluation | None = None

    def uses(self, *totals: Number) -> "Watched":
        for total in totals:
            self.used = Decimal(total)
            self.look()
        return self

    def allows(self, limit: Number | None) -> "Watched":
        self.limit = None if limit is None else Decimal(limit)
        return self.look()

    def thresholds_are(self, *keys: int | str) -> "Watched":
        self.keys = keys
        return self.look()

    def look(self, *, tell_of_new: bool = True) -> "Watched":
        self._apply(
            evaluate(
                self.used,
                self.limit,
                thresholds(self.keys),
                self.state,
                gauge=self.gauge,
                tell_of_new=tell_of_new,
            )
        )
        return self

    def next_period(self, used: Number = 0) -> "Watched":
        """The old period ends; the new one begins with its own state (a gauge has no periods)."""
        assert not self.gauge
        self._apply(close(self.state, "reset"))
        self.state, self.used = State(), Decimal(used)
        return self

    def cancel(self) -> "Watched":
        self._apply(close(self.state, "cancelled"))
        return self

    def _apply(self, result: Evaluation) -> None:
        for closed in result.closed:
            row = next(
                row
                for row in reversed(self.rows)
                if (row.key, row.epoch) == (closed.key, closed.epoch)
            )
            assert row.state in ("open", "superseded")
            row.state, row.resolution = (
                ("superseded", None)
                if closed.resolution is None
                else ("resolved", closed.resolution)
            )
        for reached in result.reached:
            told = reached.standing == "open"
            self.rows.append(
                Row(reached.threshold.key, reached.epoch, reached.standing, reached.again, told)
            )
            self.sent += [reached.threshold.key] if told else []
        self.sent += [] if result.gated is None else ["gated"]
        self.state, self.last = result.state, result

    def states(self) -> dict[str, str]:
        """The newest alert of each threshold: "open", "superseded", "resolved limit" …"""
        return {row.key: " ".join(filter(None, (row.state, row.resolution))) for row in self.rows}

    @property
    def alert_at(self) -> Decimal | None:
        assert self.last is not None
        return self.last.alert_at

    @property
    def rearm_at(self) -> Decimal | None:
        assert self.last is not None
        return self.last.rearm_at
