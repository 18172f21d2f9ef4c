"""What an account was allowed of a meter at moments of the past. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from services.trigger.accounts import Grant, Override, Subscription, Trial
from services.trigger.limits import allowance
from shared.catalog import Catalog


@dataclass(frozen=True, slots=True)
class SoldSince:
    """From `at` on it had this subscription; None: none."""

    at: datetime
    subscription: Subscription | None


@dataclass(frozen=True, slots=True)
class OverriddenSince:
    """From `at` on this limit of its own; None: none."""

    at: datetime
    override: Override | None


Since = TypeVar("Since", SoldSince, OverriddenSince)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What determined a meter's limit, each in order of time. `sold`: catalogues by version."""

    meter: str
    subscriptions: Sequence[SoldSince]
    overrides: Sequence[OverriddenSince]
    trials: Sequence[Trial]
    sold: Mapping[int, Catalog]
    current: Catalog

    def limit(self, at: datetime) -> Decimal | None:
        """None: unlimited, or no subscription."""
        since = _newest(self.subscriptions, at)
        if since is None or since.subscription is None:
            return None
        own = _newest(self.overrides, at)
        return allowance(
            self.meter,
            since.subscription,
            self.sold[since.subscription.catalog_version],
            self.current,
            None if own is None else own.override,
            self._granted(at),
        ).limit

    def _granted(self, at: datetime) -> Grant | None:
        return next(
            (
                Grant(one.limits[self.meter], one.ends_at)
                for one in self.trials
                if self.meter in one.limits and one.holds(at)
            ),
            None,
        )


def _newest(changes: Sequence[Since], at: datetime) -> Since | None:
    """The last one that had come by then."""
    return next((one for one in reversed(changes) if one.at <= at), None)
