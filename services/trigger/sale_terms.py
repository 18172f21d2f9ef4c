"""On which terms a catalogue version sells a plan and what goes beside it, compared with the one in
force. Pure.
"""

from dataclasses import replace

from shared.catalog import AddOn, Catalog


def mixed(sold: Catalog, current: Catalog) -> Catalog:
    """Prices and limits of `sold`, everything else of `current`.

    Drops limits of removed meters; plans say nothing about new ones. New add-ons are offered beside
    plans that are sold as before: buying one moves the subscription to `current`, which then
    changes nothing else for the account.
    """
    plans = {
        key: replace(
            plan,
            limits={
                meter: limit for meter, limit in plan.limits.items() if meter in current.meters
            },
        )
        for key, plan in sold.plans.items()
    }
    return replace(
        sold,
        policy=current.policy,
        meters=current.meters,
        plans=plans,
        add_ons={**_new_add_ons(sold, current), **sold.add_ons},
        features={**sold.features, **current.features},
        frameworks={**sold.frameworks, **current.frameworks},
        links=current.links,
        materials=current.materials,
    )


def _new_add_ons(sold: Catalog, current: Catalog) -> dict[str, AddOn]:
    same = {plan for plan in sold.plans if is_sold_as_then(sold, current, plan)}
    new = {
        key: replace(one, plans=tuple(plan for plan in one.plans if plan in same))
        for key, one in current.add_ons.items()
    }
    return {key: one for key, one in new.items() if one.plans and key not in sold.add_ons}


def sold_beside(catalog: Catalog, plan: str) -> frozenset[str]:
    """Add-ons and extra units that may be sold with a plan."""
    if plan not in catalog.plans:
        return frozenset()
    return frozenset(catalog.plans[plan].extra) | {
        key for key, one in catalog.add_ons.items() if plan in one.plans
    }


def is_sold_as_then(sold: Catalog, current: Catalog, plan: str) -> bool:
    """Whether `current` has the plan and every extra sold beside it on the same terms."""
    return plan in current.plans and _terms_of(sold, plan, sold) == _terms_of(current, plan, sold)


def _terms_of(catalog: Catalog, key: str, among: Catalog) -> tuple[object, ...]:
    """What an account pays and gets on a plan, with the add-ons that `among` has."""
    plan = catalog.plans[key]
    extras = {
        one.id: (one.price, one.limits)
        for one in catalog.add_ons.values()
        if key in one.plans and one.id in among.add_ons
    }
    return plan.price, plan.currency, plan.limits, plan.extra, plan.features, plan.support, extras
