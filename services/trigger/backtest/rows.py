"""The result of a backtest: who would have been sent what and when, compared with what was sent.

Pure.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from services.trigger.judgement.shapes import Outcome
from services.trigger.thresholds import threshold_of
from shared.answers import MomentText, ThresholdShown
from shared.values.moments import iso

NEAR = timedelta(hours=1)
"""Usage is recorded by the hour, so messages no further apart are the same."""

GRAIN: Literal["hour"] = "hour"
DiffersBy = Literal["grain", "plan_change", "version"]
"""Reasons for a difference other than the catalogue: usage is known only by the hour; plan, add-ons
or limits changed since, and only their present state is known; or the account was sold an earlier
version, whose prices and limits it keeps.
"""


class BacktestRow(TypedDict):
    """One message that was sent, or would have been."""

    account: str
    meter: str | None
    threshold: ThresholdShown | None
    kind: str
    at: MomentText
    outcome: Outcome


class DifferingRow(BacktestRow):
    """`differs_by` null: because of the catalogue.

    `grain`: usage is stored by the hour; `plan_change`: the contract changed later, and only its
    present state is known; `version`: the account keeps what an earlier version sold it.
    """

    differs_by: DiffersBy | None


class BacktestReport(TypedDict):
    """What the other catalogue would have sent, what was sent, and what only one side has.

    `grain`: the precision of usage. `hours_behind_seconds`: under load, how long the latest usage
    may have been missing from its hours when it was read; not said of results that are kept.
    """

    grain: Literal["hour"]
    hours_behind_seconds: NotRequired[int]
    would: list[BacktestRow]
    sent: list[BacktestRow]
    only_would: list[DifferingRow]
    only_sent: list[DifferingRow]


@dataclass(frozen=True, slots=True)
class Row:
    """One message about one decision.

    `threshold` is its key; `also`: lower ones reached in the same hour.
    """

    account: str
    meter: str | None
    threshold: str | None
    kind: str
    at: datetime
    outcome: Outcome
    also: tuple[str, ...] = ()
    differs_by: DiffersBy | None = None

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

    def differing(self) -> DifferingRow:
        return {**self.json(), "differs_by": self.differs_by}


@dataclass(frozen=True, slots=True)
class Report:
    """`only_would` and `only_sent` hold what the other side lacks: same account, meter, threshold,
    kind and outcome, within an hour.
    """

    would: tuple[Row, ...]
    sent: tuple[Row, ...]
    only_would: tuple[Row, ...]
    only_sent: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        return (*self.only_would, *self.only_sent)

    def of(self, accounts: Collection[str]) -> "Report":
        """Only these accounts."""
        return Report(
            *(tuple(row for row in rows if row.account in accounts) for rows in self._parts)
        )

    def __add__(self, other: "Report") -> "Report":
        """Joined with the report of other accounts."""
        pairs = zip(self._parts, other._parts, strict=True)
        return Report(
            *(tuple(sorted((*one, *more), key=lambda row: row.order)) for one, more in pairs)
        )

    def lines(self) -> list["Line"]:
        """Each message once; those that only one side has come first."""
        found = [
            *_lines("would", self.would, self.only_would),
            *_lines("sent", self.sent, self.only_sent),
        ]
        return sorted(found, key=lambda line: not line.only)

    @property
    def _parts(self) -> tuple[tuple[Row, ...], ...]:
        return self.would, self.sent, self.only_would, self.only_sent

    def json(self) -> BacktestReport:
        return {
            "grain": GRAIN,
            "would": [row.json() for row in self.would],
            "sent": [row.json() for row in self.sent],
            "only_would": [row.differing() for row in self.only_would],
            "only_sent": [row.differing() for row in self.only_sent],
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A message that would have been sent, or was. `only`: the other side lacks it."""

    part: Literal["would", "sent"]
    only: bool
    row: Row


def _lines(
    part: Literal["would", "sent"], rows: Iterable[Row], only: Iterable[Row]
) -> Iterable[Line]:
    """A row of `only` has its reason, and is otherwise the same as in `rows`."""
    left: dict[Row, list[Row]] = {}
    for row in only:
        left.setdefault(replace(row, differs_by=None), []).append(row)
    for row in rows:
        alone = left.get(row)
        yield Line(part, True, alone.pop()) if alone else Line(part, False, row)


def threshold_json(key: str | None) -> ThresholdShown | None:
    """As the API shows a threshold: 95, {"at": 9000000000}, null."""
    return None if key is None else threshold_of(key).json


def compare(would: Iterable[Row], sent: Iterable[Row]) -> Report:
    """Each row matches at most one of the other side.

    Messages sent step by step within one hour count as one.
    """
    replayed, told = (
        sorted(would, key=lambda row: row.order),
        sorted(sent, key=lambda row: row.order),
    )
    left = _by_key(told)
    only_would = [row for row in replayed if not _take(left, row)]
    steps: Steps = {}
    for row in replayed:
        for key in row.also:
            steps.setdefault((row.account, row.meter, key), []).append(row.at)
    rest = sorted((row for rows in left.values() for row in rows), key=lambda row: row.order)
    return Report(
        tuple(replayed),
        tuple(told),
        tuple(only_would),
        tuple(row for row in rest if not _is_step(row, steps)),
    )


def marked(
    report: Report,
    usual: Report,
    why: Callable[[Row], DiffersBy],
    rest: Callable[[Row], DiffersBy | None],
) -> Report:
    """Adds the reasons for differences.

    `usual`: the same under the catalogue that each account was sold with. A difference that is
    there too is not caused by the catalogue, and `why` gives its reason; `rest` gives that of all
    others.
    """

    def told(rows: Iterable[Row], others: Iterable[Row]) -> tuple[Row, ...]:
        known = _by_key(tuple(others))
        return tuple(
            replace(row, differs_by=why(row) if _is_near(row, known) else rest(row)) for row in rows
        )

    return replace(
        report,
        only_would=told(report.only_would, usual.only_would),
        only_sent=told(report.only_sent, usual.only_sent),
    )


def _is_near(row: Row, known: dict[tuple[str | None, ...], list[Row]]) -> bool:
    return any(abs(one.at - row.at) <= NEAR for one in known.get(_key(row), ()))


NOTHING = Report((), (), (), ())
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
    """A lower threshold sent within an hour for which the replay sends only the highest."""
    return any(
        abs(at - row.at) <= NEAR for at in steps.get((row.account, row.meter, row.threshold), ())
    )
