"""What changes between two versions of the catalogue, and for how many accounts. Pure.

What plans offer is told in the five groups in which plans differ (R-007); prices, meters, policy
and all the rest by their place in the document.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from shared.catalog.canonical import catalog_document, policy_document
from shared.catalog.place import pointer
from shared.catalog.types import Catalog, FeatureGroup, MeterLimit, Plan
from shared.values.quantities import UNLIMITED

Group = Literal["features", "limits", "support", "security", "integrations"]
GROUPS: tuple[Group, ...] = get_args(Group)
Part = Literal["feature", "limit", "thresholds", "enforcement", "support"]
_WITH_THE_SALE = ("/currency", "/thresholds", "/plans", "/add_ons")
"""Where an account keeps what it was sold; everything else holds for all at once."""
_OF_PLANS = ("id", "features", "limits", "support")


@dataclass(frozen=True, slots=True)
class Change:
    """Of one plan. `key`: a feature, a meter, or a part of support. None: the plan, or the meter,
    does not exist on that side.
    """

    group: Group
    plan: str
    part: Part
    key: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Other:
    """`path`: a JSON pointer, in which plans and add-ons stand by their ids."""

    path: str
    before: object
    after: object

    @property
    def is_sold(self) -> bool:
        """Whether running subscriptions keep what they have."""
        return self.path.startswith(_WITH_THE_SALE)


@dataclass(frozen=True, slots=True)
class Changes:
    plans: tuple[Change, ...]
    others: tuple[Other, ...]

    def __bool__(self) -> bool:
        return bool(self.plans or self.others)

    def of(self, group: Group) -> tuple[Change, ...]:
        return tuple(change for change in self.plans if change.group == group)


def changes(before: Catalog, after: Catalog) -> Changes:
    keys = dict.fromkeys((*before.plans, *after.plans))
    plans = tuple(
        change
        for key in keys
        for change in _plan(key, before, after, before.plans.get(key), after.plans.get(key))
    )
    return Changes(plans, tuple(_others(before, after)))


def _plan(
    key: str, before: Catalog, after: Catalog, old: Plan | None, new: Plan | None
) -> Iterator[Change]:
    yield from _features(key, before, after, old, new)
    limits = (old.limits if old else {}, new.limits if new else {})
    for meter in dict.fromkeys((*limits[0], *limits[1])):
        yield from _limit(key, meter, limits[0].get(meter), limits[1].get(meter))
    for part in ("channels", "first_response_hours", "csm"):
        was = None if old is None else _told(getattr(old.support, part))
        now = None if new is None else _told(getattr(new.support, part))
        if was != now:
            yield Change("support", key, "support", part, was, now)


def _features(
    key: str, before: Catalog, after: Catalog, old: Plan | None, new: Plan | None
) -> Iterator[Change]:
    had, has = set(old.features if old else ()), set(new.features if new else ())
    named = (*(old.features if old else ()), *(new.features if new else ()))
    for feature in dict.fromkeys(named):
        if (feature in had) != (feature in has):
            group: FeatureGroup = (after if feature in has else before).features[feature].group
            sides = (old and feature in had, new and feature in has)
            yield Change(group, key, "feature", feature, *sides)


def _limit(
    plan: str, meter: str, old: MeterLimit | None, new: MeterLimit | None
) -> Iterator[Change]:
    if old is None or new is None or old.limit != new.limit:
        yield Change("limits", plan, "limit", meter, _amount(old), _amount(new))
    if old is None or new is None:
        return
    thresholds = [[one.json for one in limit.thresholds] for limit in (old, new)]
    if thresholds[0] != thresholds[1]:
        yield Change("limits", plan, "thresholds", meter, *thresholds)
    if old.enforcement != new.enforcement:
        yield Change("limits", plan, "enforcement", meter, old.enforcement, new.enforcement)


def _amount(limit: MeterLimit | None) -> object:
    if limit is None:
        return None
    return UNLIMITED if limit.limit is None else limit.limit


def _told(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _others(before: Catalog, after: Catalog) -> Iterator[Other]:
    old, new = dict(_leaves(_rest(before), "")), dict(_leaves(_rest(after), ""))
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Other(path, old.get(path), new.get(path))


def _rest(catalog: Catalog) -> Mapping[str, object]:
    """The document without what the five groups tell; what is in lists by its id."""
    tree: dict[str, object] = {**catalog_document(catalog)}
    tree["plans"] = {
        plan["id"]: {name: part for name, part in plan.items() if name not in _OF_PLANS}
        for plan in catalog_document(catalog)["plans"]
    }
    tree["policy"] = policy_document(catalog.policy)
    tree["add_ons"] = {one["id"]: one for one in catalog_document(catalog).get("add_ons", ())}
    return tree


def _leaves(tree: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from _leaves(value, pointer(path, key))
    else:
        yield path, tree


@dataclass(frozen=True, slots=True)
class Affected:
    """Numbers of accounts with a running subscription.

    `accounts`: whose plan or meters change, or all if the change holds for all. `at_once`: of them,
    those for which something changes the moment it is applied: all or none, since limits, prices
    and thresholds stay as sold. `plans`, `meters`: of each that changes.
    """

    accounts: int
    at_once: int
    plans: Mapping[str, int]
    meters: Mapping[str, int]


def affected(found: Changes, on_plans: Mapping[str, int]) -> Affected:
    """`on_plans`: how many accounts are on each plan, whichever version they were sold."""
    everybody = sum(on_plans.values())
    changed = {one.plan: on_plans.get(one.plan, 0) for one in found.plans}
    meters: dict[str, dict[str, int]] = {}
    for one in found.plans:
        if one.group == "limits":
            meters.setdefault(one.key, {})[one.plan] = on_plans.get(one.plan, 0)
    counted = {key: sum(plans.values()) for key, plans in meters.items()}
    for other in found.others:
        first, second = _ends(other.path)
        if first == "plans":
            changed[second] = on_plans.get(second, 0)
        if first == "meters":
            counted[second] = everybody
    for_all = any(not other.is_sold for other in found.others)
    accounts = everybody if for_all else sum(changed.values())
    return Affected(accounts, everybody if for_all else 0, changed, counted)


def _ends(path: str) -> Sequence[str]:
    """The section, and what in it the path is about, as they are written."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:3]]
    return [*parts, "", ""][:2]
