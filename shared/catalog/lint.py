"""Advice about a valid catalogue: R-001 to R-017 as far as the catalogue alone shows them. A reason
begins with its code.

Ranks and tiers are counted within a family; warnings do not block anything.
"""

from collections.abc import Iterator
from itertools import pairwise

from shared.catalog.differences import better, differs
from shared.catalog.place import pointer
from shared.catalog.types import Catalog, Plan
from shared.values.faults import Fault

API_METER = "api_calls"
API_FEATURES = ("api_access", "premium_api", "prebuilt_integrations")


def lint_catalog(catalog: Catalog) -> tuple[Fault, ...]:
    """The warnings, family by family; `path` points to the plan, or the part of it, concerned."""
    places = {key: f"/plans/{index}" for index, key in enumerate(catalog.plans)}
    warnings = (
        warning for tiers in catalog.families().values() for warning in _family(tiers, places)
    )
    return (*warnings, *_assets(catalog))


def _assets(catalog: Catalog) -> Iterator[Fault]:
    """R-135: once some features have something to show, so should each that a higher plan adds."""
    if not any(feature.assets for feature in catalog.features.values()):
        return
    added = {
        feature: upper.id
        for tiers in catalog.families().values()
        for lower, upper in pairwise(tiers)
        for feature in upper.features
        if feature not in lower.features
    }
    for key, feature in catalog.features.items():
        if key in added and not feature.assets:
            yield Fault(
                pointer("/features", key),
                f"no_asset: nothing shows {key}, which {added[key]} adds",
            )


def _family(tiers: tuple[Plan, ...], places: dict[str, str]) -> Iterator[Fault]:
    yield from _tiers(tiers)
    yield from _entry(tiers, places)
    yield from _targets(tiers, places)
    for lower, upper in pairwise(tiers):
        yield from _step(lower, upper, places)
    if len(tiers) > 2:
        yield from _limits_raised(tiers[0], tiers[1], places)
    yield from _api(tiers, places)


def _tiers(tiers: tuple[Plan, ...]) -> Iterator[Fault]:
    """R-001: three or four plans are easy to tell apart and have a middle."""
    name = f" in family {tiers[0].family}" if tiers[0].family else ""
    if len(tiers) < 3:
        yield Fault("/plans", f"too_few_plans: {len(tiers)}{name}, three or four are usual")
    if len(tiers) > 4:
        yield Fault("/plans", f"too_many_plans: {len(tiers)}{name}, three or four are usual")


def _entry(tiers: tuple[Plan, ...], places: dict[str, str]) -> Iterator[Fault]:
    """R-003: the entry plan is the cheapest, is self-serve, and has a limit that customers can
    outgrow.
    """
    entry, place = tiers[0], places[tiers[0].id]
    if not any(limit.limit for limit in entry.limits.values()):
        yield Fault(
            f"{place}/limits", f"entry_plan_without_limit: {entry.id} has nothing to grow out of"
        )
    if entry.purchase != "self_serve":
        yield Fault(
            f"{place}/purchase", f"entry_plan_not_self_serve: {entry.id} is {entry.purchase}"
        )
    cheaper = [
        plan.id
        for plan in tiers[1:]
        if plan.price and entry.price and plan.price.yearly < entry.price.yearly
    ]
    if cheaper:
        yield Fault(
            f"{place}/price",
            f"entry_plan_not_cheapest: {', '.join(cheaper)} costs less than {entry.id}",
        )


def _targets(tiers: tuple[Plan, ...], places: dict[str, str]) -> Iterator[Fault]:
    """R-004: one plan is the one meant for most customers."""
    targets = [plan.id for plan in tiers if plan.target]
    for extra in targets[1:]:
        yield Fault(f"{places[extra]}/target", f"several_target_plans: {targets[0]} is one already")


def _step(lower: Plan, upper: Plan, places: dict[str, str]) -> Iterator[Fault]:
    above = set(upper.features)
    missing = [feature for feature in lower.features if feature not in above]
    if missing:
        yield Fault(
            f"{places[upper.id]}/features",
            f"feature_regression: {upper.id} lacks {', '.join(missing)} of {lower.id}",
        )
    if not differs(lower, upper):
        yield Fault(places[upper.id], f"not_differentiated: {upper.id} offers what {lower.id} does")
    triggers = better(lower, upper) if lower.graduation is None else lower.graduation
    if not triggers:
        yield Fault(
            f"{places[lower.id]}/graduation",
            f"no_graduation_trigger: nothing says when {lower.id} is outgrown for {upper.id}",
        )


def _limits_raised(entry: Plan, middle: Plan, places: dict[str, str]) -> Iterator[Fault]:
    """R-004: the middle plan raises every limit of the entry plan."""
    for meter, lower in entry.limits.items():
        upper = middle.limit(meter)
        if lower.limit is not None and upper is not None and upper <= lower.limit:
            yield Fault(
                f"{places[middle.id]}/limits/{meter}",
                f"limit_not_raised: {middle.id} allows no more than {entry.id}",
            )


def _api(tiers: tuple[Plan, ...], places: dict[str, str]) -> Iterator[Fault]:
    """A plan that limits API calls without a feature to make them; checked only if API features are
    sold by name.
    """
    if not any(feature in API_FEATURES for plan in tiers for feature in plan.features):
        return
    for plan in tiers:
        counted = API_METER in plan.limits and plan.limit(API_METER) != 0
        if counted and not any(feature in API_FEATURES for feature in plan.features):
            yield Fault(
                f"{places[plan.id]}/limits/{API_METER}",
                f"api_limit_without_feature: {plan.id} allows calls, but no API feature",
            )
