"""What the backtest answers: who would have been told what and when, against what was sent. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import TypedDict

from services.trigger.judgement.decision import iso
from services.trigger.judgement.shapes import Outcome
from services.trigger.thresholds import threshold_of
from shared.answers import MomentText, ThresholdShown

NEAR = timedelta(hours=1)
"""Usage is recorded by the hour: what is not further apart is the same."""


class BacktestRow(TypedDict):
    """One message: sent, or what would have been sent."""

    account: str
    meter: str | None
    threshold: ThresholdShown | None
    kind: str
    at: MomentText
    outcome: Outcome


class BacktestReport(TypedDict):
    """What the other catalogue would have sent, what was sent, and what only one of the two has."""

    would: list[BacktestRow]
    sent: list[BacktestRow]
    only_would: list[BacktestRow]
    only_sent: list[BacktestRow]


@dataclass(frozen=True, slots=True)
class Row:
    """One message about one decision. `threshold` is the key of one; `also`: lower ones that were reached in the same hour."""

    account: str
    meter: str | None
    threshold: str | None
    kind: str
    at: datetime
    outcome: Outcome
    also: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[datetime, str, str, str]:
        return self.at, self.account, self.meter or "", self.threshold or ""

    def json(self) -> BacktestRow:
        return {
            "account": self.account,
            "meter": self.meter,
            "threshold": threshold_json(self.threshold),
            "kind": self.kind,
            "at": iso(self.at),
            "outcome": self.outcome,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """`only_would` and `only_sent` hold what the other side has not: same account, meter, threshold, kind and outcome, within an hour."""

    would: tuple[Row, ...]
    sent: tuple[Row, ...]
    only_would: tuple[Row, ...]
    only_sent: tuple[Row, ...]

    def json(self) -> BacktestReport:
        return {
            "would": [row.json() for row in self.would],
            "sent": [row.json() for row in self.sent],
            "only_would": [row.json() for row in self.only_would],
            "only_sent": [row.json() for row in self.only_sent],
        }


def threshold_json(key: str | None) -> ThresholdShown | None:
    """As the API shows a threshold: 95, {"at": 9000000000}, null."""
    return None if key is None else threshold_of(key).json


def compare(would: Iterable[Row], sent: Iterable[Row]) -> Report:
    """Each row stands for one of the other side at most. What was told step by step within one hour is one message by the hour."""
    replayed, told = sorted(would, key=lambda row: row.order), sorted(sent, key=lambda row: row.order)
    left = _by_key(told)
    only_would = [row for row in replayed if not _take(left, row)]
    steps: Steps = {}
    for row in replayed:
        for key in row.also:
            steps.setdefault((row.account, row.meter, key), []).append(row.at)
    rest = sorted((row for rows in left.values() for row in rows), key=lambda row: row.order)
    return Report(tuple(replayed), tuple(told), tuple(only_would), tuple(row for row in rest if not _is_step(row, steps)))


Steps = dict[tuple[str, str | None, str | None], list[datetime]]


def _key(row: Row) -> tuple[str | None, ...]:
    return row.account, row.meter, row.threshold, row.kind, row.outcome


def _by_key(rows: Sequence[Row]) -> dict[tuple[str | None, ...], list[Row]]:
    found: dict[tuple[str | None, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(_key(row), []).append(row)
    return found


def _take(left: dict[tuple[str | None, ...], list[Row]], row: Row) -> bool:
    candidates = left.get(_key(row), [])
    match = next((one for one in candidates if abs(one.at - row.at) <= NEAR), None)
    if match is not None:
        candidates.remove(match)
    return match is not None


def _is_step(row: Row, steps: Steps) -> bool:
    """A lower threshold that was told on the way, in the hour in which the replay tells only the highest."""
    return any(abs(at - row.at) <= NEAR for at in steps.get((row.account, row.meter, row.threshold), ()))
