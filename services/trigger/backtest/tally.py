"""How often, by plan and threshold: what is known of a backtest without reading its rows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from typing_extensions import TypedDict

from services.trigger.backtest.rows import Report, Row, threshold_json
from shared.answers import ThresholdShown

MOST_KEYS = 2_000
"""Plans and thresholds that are counted apart; what is beyond counts in the totals alone."""
Key = tuple[str, str, str, str]
"""Plan, meter, threshold and kind; empty if there is none."""


class CountsShown(TypedDict):
    """Messages: that it would have sent, that were sent, and that only one side has."""

    would: int
    sent: int
    only_would: int
    only_sent: int


class ByThreshold(CountsShown):
    """`plan`: the account's now; null without a subscription."""

    plan: str | None
    meter: str | None
    threshold: ThresholdShown | None
    kind: str


class AccountCounts(CountsShown):
    """`account_name`: null once the account is gone."""

    account: str
    account_name: str | None


class TotalsShown(CountsShown):
    """`accounts`: how many were replayed. `differing`: how many of them have a difference."""

    accounts: int
    differing: int


@dataclass(slots=True)
class Counts:
    would: int = 0
    sent: int = 0
    only_would: int = 0
    only_sent: int = 0

    def shown(self) -> CountsShown:
        return {
            "would": self.would,
            "sent": self.sent,
            "only_would": self.only_would,
            "only_sent": self.only_sent,
        }


PARTS = tuple(one.name for one in fields(Counts))


@dataclass(slots=True)
class Tally:
    accounts: int = 0
    differing: int = 0
    total: Counts = field(default_factory=Counts)
    by: dict[Key, Counts] = field(default_factory=dict)

    def add(self, accounts: int, report: Report, plans: Mapping[str, str | None]) -> None:
        """`report`: of this many accounts. `plans`: those of the accounts that have rows."""
        self.accounts += accounts
        self.differing += len({row.account for row in report.differing})
        for part in PARTS:
            self._count(part, getattr(report, part), plans)

    def _count(self, part: str, rows: Iterable[Row], plans: Mapping[str, str | None]) -> None:
        for row in rows:
            _one_more(self.total, part)
            key = (plans.get(row.account) or "", row.meter or "", row.threshold or "", row.kind)
            if key in self.by or len(self.by) < MOST_KEYS:
                _one_more(self.by.setdefault(key, Counts()), part)

    @property
    def totals(self) -> TotalsShown:
        return {"accounts": self.accounts, "differing": self.differing, **self.total.shown()}

    def by_threshold(self) -> list[ByThreshold]:
        """The most differences first."""

        def rank(entry: tuple[Key, Counts]) -> tuple[int, Key]:
            key, counts = entry
            return -(counts.only_would + counts.only_sent), key

        return [
            {
                "plan": plan or None,
                "meter": meter or None,
                "threshold": threshold_json(threshold or None),
                "kind": kind,
                **counts.shown(),
            }
            for (plan, meter, threshold, kind), counts in sorted(self.by.items(), key=rank)
        ]

    def stored(self) -> dict[str, Any]:
        return {
            "accounts": self.accounts,
            "differing": self.differing,
            "total": _numbers(self.total),
            "by": [[*key, *_numbers(counts)] for key, counts in self.by.items()],
        }


def read_tally(stored: Mapping[str, Any] | None) -> Tally:
    """What `Tally.stored` returned; an empty one from None."""
    if not stored:
        return Tally()
    by: dict[Key, Counts] = {}
    for plan, meter, threshold, kind, *numbers in stored["by"]:
        by[plan, meter, threshold, kind] = Counts(*numbers)
    return Tally(stored["accounts"], stored["differing"], Counts(*stored["total"]), by)


def _numbers(counts: Counts) -> list[int]:
    return [getattr(counts, part) for part in PARTS]


def _one_more(counts: Counts, part: str) -> None:
    setattr(counts, part, getattr(counts, part) + 1)
