"""What an account may use of a meter: its plan as sold, its add-ons, its overrides, and a trial.
Pure.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from services.trigger.accounts import Grant, Override, Subscription, Terms
from shared.catalog import Catalog, Plan, Threshold
from shared.catalog.types import Enforcement
from shared.values.quantities import EXACT


@dataclass(frozen=True, slots=True)
class Allowance:
    """`limit` None is unlimited, 0 means that the plan does not include it."""

    limit: Decimal | None
    thresholds: tuple[Threshold, ...]
    enforcement: Enforcement = "soft"


MOST_PERCENT = 2**53 - 1

UNWATCHED = Allowance(None, ())


def allowed_by(
    terms: Terms, meter: str, sold: Catalog, current: Catalog, at: datetime
) -> Allowance:
    """What these terms allow at a moment; they have a subscription, sold with `sold`."""
    assert terms.subscription is not None
    override, trial = terms.overrides.get(meter), terms.granted(meter, at)
    return allowance(meter, terms.subscription, sold, current, override, trial)


def allowance(
    meter: str,
    subscription: Subscription,
    sold: Catalog,
    current: Catalog,
    override: Override | None,
    trial: Grant | None = None,
) -> Allowance:
    """Limit and thresholds from the version it was sold with; for a meter added since, from the
    version in force (R-020). A trial's limit counts where it is the larger one (R-155).
    """
    own = _own(meter, subscription, sold, current, override)
    return own if trial is None else replace(own, limit=_larger(own.limit, trial.limit))


def _larger(own: Decimal | None, tried: Decimal | None) -> Decimal | None:
    return None if own is None or tried is None else max(own, tried)


def _own(
    meter: str,
    subscription: Subscription,
    sold: Catalog,
    current: Catalog,
    override: Override | None,
) -> Allowance:
    catalog = next(
        (
            catalog
            for catalog in (sold, current)
            if _names(catalog.plans.get(subscription.plan), meter)
        ),
        None,
    )
    planned = UNWATCHED if catalog is None else _planned(catalog, subscription, meter)
    if override is None:
        return planned
    return Allowance(
        limit=override.limit if override.sets_limit else planned.limit,
        thresholds=planned.thresholds if override.thresholds is None else override.thresholds,
        enforcement=planned.enforcement,
    )


def _names(plan: Plan | None, meter: str) -> bool:
    return plan is not None and meter in plan.limits


def _planned(catalog: Catalog, subscription: Subscription, meter: str) -> Allowance:
    named = catalog.plans[subscription.plan].limits[meter]
    return Allowance(
        catalog.limit(subscription.plan, meter, subscription.add_ons),
        named.thresholds,
        named.enforcement,
    )


def percent(used: Decimal, limit: Decimal | None) -> int | None:
    """Floored, never rounded up (24 of 25 is 96 %); None if there is no limit to compare with.

    Capped at 2^53 - 1 in either direction, which columns and every JSON reader hold exactly.
    """
    if not limit:
        return None
    share = int(EXACT.divide(EXACT.multiply(used, Decimal(100)), limit).__floor__())
    return max(-MOST_PERCENT, min(share, MOST_PERCENT))
