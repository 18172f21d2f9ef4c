"""What one plan has and another lacks: limits, support, features (R-007, R-013)."""

from decimal import Decimal

from shared.catalog.types import Plan, Support

_CSM = ("none", "assigned", "dedicated")


def allows_more(limit: Decimal | None, other: Decimal | None) -> bool:
    """Whether `limit` is above `other`; None is unlimited."""
    return other is not None and (limit is None or limit > other)


def better_support(support: Support, other: Support) -> bool:
    """Whether any part of it is better: another channel, a faster first response, a closer CSM."""
    channels = set(support.channels) - set(other.channels)
    return (
        bool(channels)
        or answers_faster(support, other)
        or _CSM.index(support.csm) > _CSM.index(other.csm)
    )


def answers_faster(support: Support, other: Support) -> bool:
    hours, others = support.first_response_hours, other.first_response_hours
    return hours is not None and (others is None or hours < others)


def better(lower: Plan, upper: Plan) -> tuple[str, ...]:
    """Why someone may outgrow `lower`, by name: meters, features, and `support`. The default of
    `graduation`.
    """
    meters = [
        meter
        for meter in upper.limits
        if meter in lower.limits and allows_more(upper.limit(meter), lower.limit(meter))
    ]
    had = set(lower.features)
    features = [feature for feature in upper.features if feature not in had]
    return (
        *meters,
        *features,
        *(["support"] if better_support(upper.support, lower.support) else []),
    )


def differs(one: Plan, other: Plan) -> bool:
    """Whether the two offer something different; prices and names do not count."""
    limits = [{meter: limit.limit for meter, limit in plan.limits.items()} for plan in (one, other)]
    return (
        limits[0] != limits[1]
        or one.support != other.support
        or set(one.features) != set(other.features)
    )
