"""One account between reading and replay: its meters advance until they need a day's hours.

Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.trigger.backtest.mornings import Forecasts, MeterHistory
from services.trigger.backtest.replay import Heard, Past, Sold, replay
from services.trigger.backtest.rows import Row
from services.trigger.backtest.series import HOUR, Hours, Series, first_hour
from services.trigger.backtest.walk import Change, Walk, Walked, walk
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts.record import EMPTY
from services.trigger.limits import Allowance, allowance
from shared.catalog import Catalog


@dataclass(slots=True)
class Read:
    """What was read for a page of accounts: by account, and by meter if there are several."""

    series: dict[str, dict[str, Series]] = field(default_factory=dict)
    sold: dict[str, list[tuple[str | None, Sold]]] = field(default_factory=dict)
    """Changes of plan, with the plan before each."""
    facts: dict[str, list[Heard]] = field(default_factory=dict)
    sent: list[Row] = field(default_factory=list)
    recounted: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """Replays usage from `begin`, the UTC midnight before `since`; lists messages after `since`."""

    begin: datetime
    since: datetime
    until: datetime


class AccountBacktest:
    """Call `go_on` and `take` in turn until no meter waits for hours; then `rows`."""

    def __init__(self, loaded: Loaded, read: Read, catalog: Catalog, window: Window) -> None:
        self.account = loaded.profile.id
        self._loaded, self._catalog, self._window = loaded, catalog, window
        self._own, self._recounted = _under(loaded.catalog, catalog), read.recounted
        self._facts = read.facts.get(self.account, [])
        noted = read.sold.get(self.account, [])
        self._sold = [sold for _, sold in noted]
        self._plan = noted[0][0] if noted else _plan_at(loaded, window.begin)
        self._hours: dict[int, Mapping[str, Hours]] = {}
        self._series: dict[str, Series] = {}
        self._changes: dict[str, list[Change]] = {}
        self._walks: dict[str, Walk] = {}
        self._walked: dict[str, Walked] = {}
        for key, series in read.series.get(self.account, {}).items():
            if key in catalog.meters:
                self._start(series)

    def _start(self, series: Series) -> None:
        """Totals that add up are computed backwards from today's.

        For values, and for other periods than they were counted in, the hours before the window
        give the state at its start.
        """
        series.hours = self._hours
        subscription, meter = self._loaded.terms.subscription, self._catalog.meters[series.meter]
        assert subscription is not None
        begin = first_hour(self._window.begin)
        if series.days and (
            not series.adds_up or (series.meter in self._recounted and not meter.is_gauge)
        ):
            begin = min(begin, series.days[0] * 24)
        grid = (
            None if meter.is_gauge else subscription.grid(self._loaded.terms.time_zone, meter.reset)
        )
        changes = self._limits(series.meter, begin)
        self._series[series.meter], self._changes[series.meter] = series, changes
        self._walks[series.meter] = walk(series, changes, grid, begin, self._window.until)

    def _limits(self, meter: str, begin: int) -> list[Change]:
        """A plan applies from the hour in which it began, a following one from the hour after:
        notices before an upgrade come from the old plan.
        """
        changes, plan = (
            [Change(begin, self._window.begin, self._allowance(meter, self._plan))],
            self._plan,
        )
        for sold in self._sold:
            hour = first_hour(sold.at) if plan is not None else first_hour(sold.at - HOUR)
            changes.append(Change(hour, sold.at, self._allowance(meter, sold.plan)))
            plan = sold.plan
        return changes

    def _allowance(self, meter: str, plan: str | None) -> Allowance | None:
        subscription = self._loaded.terms.subscription
        if plan is None or subscription is None:
            return None
        override = self._loaded.terms.overrides.get(meter)
        return allowance(
            meter, replace(subscription, plan=plan), self.catalog_of(plan), self._catalog, override
        )

    def catalog_of(self, plan: str) -> Catalog:
        """A plan that the other catalogue does not have stays as it was."""
        return self._catalog if plan in self._catalog.plans else self._own

    def take(self, found: Mapping[str, Mapping[int, Mapping[str, Hours]]]) -> bool:
        """Adds requested hours; returns whether any of them are this account's."""
        own = found.get(self.account)
        self._hours |= own or {}
        return own is not None

    def go_on(self) -> list[tuple[str, int]]:
        """The days that its meters are waiting for."""
        wanted = []
        for meter, step in list(self._walks.items()):
            try:
                wanted.append((self.account, next(step)))
            except StopIteration as done:
                self._walked[meter] = done.value
                del self._walks[meter]
        return wanted

    def is_sold(self, catalog: Catalog) -> bool:
        """Whether the account was sold under this catalogue."""
        return self._loaded.catalog is catalog or self._loaded.catalog == catalog

    def changed_after(self, row: Row) -> bool:
        """Whether the contract changed later, since only its present state is known: plan, add-ons,
        quantity; an agreed limit has no date.
        """
        subscription = self._loaded.terms.subscription
        said = subscription.changed_at if subscription is not None else None
        moved = any(sold.at > row.at for sold in self._sold)
        return (
            moved
            or (said is not None and said > row.at)
            or row.meter in self._loaded.terms.overrides
        )

    def rows(self) -> Sequence[Row]:
        """What it would have been sent."""
        past = Past(
            start=self._at_start(),
            catalog_of=self.catalog_of,
            plan=self._plan,
            sold=self._sold,
            moves=self._loaded.facts.moves,
            facts=self._facts,
            found=[found for walked in self._walked.values() for found in walked.found],
            forecasts=self._forecasts(),
            since=self._window.since,
            until=self._window.until,
        )
        return replay(past)

    def _at_start(self) -> Loaded:
        """Without what was only learned, proposed or opened in the window."""
        since, facts = self._window.since, self._loaded.facts
        sent = tuple(one for one in facts.sent if one.at <= since)
        opened = tuple(one for one in self._loaded.opened if one.signal.at <= since)
        signals = tuple(one.signal for one in opened)
        bare = replace(facts, record=EMPTY, sent=sent, signals=signals, opportunities=())
        return replace(
            self._loaded, facts=bare, opened=opened, remedies=frozenset(), catalog=self._own
        )

    def _forecasts(self) -> Forecasts:
        meters = {
            key: MeterHistory(
                self._catalog.meters[key], series, self._walked[key], self._changes[key]
            )
            for key, series in self._series.items()
        }
        return Forecasts(self._loaded.facts.account, meters, self._window.since, self._window.until)


def _plan_at(loaded: Loaded, moment: datetime) -> str | None:
    subscription = loaded.terms.subscription
    return subscription.plan if subscription is not None and subscription.holds(moment) else None


def _under(sold: Catalog, other: Catalog) -> Catalog:
    """The catalogue as sold, with the other catalogue's meters and policy."""
    features, frameworks = (
        {**sold.features, **other.features},
        {**sold.frameworks, **other.frameworks},
    )
    return replace(
        sold,
        policy=other.policy,
        meters=other.meters,
        features=features,
        frameworks=frameworks,
        links=other.links,
    )
