"""The catalogue as values: meters, plans, limits, add-ons and policy. Reading and checking input is
done in `parse`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import chain
from typing import Literal, get_args

from shared.answers import ThresholdShown
from shared.catalog.process import Costs, Experiment, Process
from shared.values.periods import Reset
from shared.values.quantities import EXACT, json_number

LARGEST_LIMIT = Decimal(10) ** 27
"""A thousand percent of it still fits a totals column, and so do a thousand million add-ons."""

Aggregation = Literal["count", "sum", "latest", "max", "unique"]
Purchase = Literal["self_serve", "assisted", "sales_assisted"]
Csm = Literal["none", "assigned", "dedicated"]
Enforcement = Literal["soft", "hard"]
FeatureGroup = Literal["features", "security", "integrations"]
DealValueBasis = Literal["incremental", "total"]
Routing = Literal["by_size", "healthy_to_sales"]
AssetKind = Literal["demo", "doc", "case_study", "reference", "meeting", "call"]
MaterialKind = Literal["case_study", "reference", "security"]
FilterValue = str | int | Decimal | bool | None
Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The languages of Plimsoll, in the order of the fields of `Text`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A name or sentence in both languages; a name that a catalogue gives in one only is used for
    both.
    """

    en: str
    ja: str

    def in_(self, locale: str) -> str:
        """`locale` is a BCP 47 tag or its first part ("ja", "ja-JP", "en-GB"); anything but
        Japanese gets English.
        """
        return self.ja if locale[:2].lower() == "ja" else self.en


RATE = "per_hour"
"""What keys of rates begin with."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A percentage of the limit, an absolute amount independent of it, or how much within an hour.
    Exactly one of the three is set.
    """

    percent: int | None = None
    at: Decimal | None = None
    per_hour: Decimal | None = None

    @property
    def key(self) -> str:
        """Stable text for keys and metric labels: "95", "at:9000000000" or "per_hour:500"."""
        if self.per_hour is not None:
            return f"{RATE}:{json_number(self.per_hour)}"
        return str(self.percent) if self.at is None else f"at:{json_number(self.at)}"

    @property
    def json(self) -> ThresholdShown:
        """As the API shows it: 95, {"at": 9000000000} or {"per_hour": 500}."""
        if self.per_hour is not None:
            return {"per_hour": json_number(self.per_hour)}
        if self.percent is not None:
            return self.percent
        assert self.at is not None
        return {"at": json_number(self.at)}

    def amount(self, limit: Decimal | None) -> Decimal | None:
        """The exact total at which it is reached; None if it never is (a percentage of unlimited or
        of zero, a rate).
        """
        if self.per_hour is not None:
            return None
        if self.at is not None:
            return self.at
        assert self.percent is not None
        return (
            EXACT.scaleb(EXACT.multiply(limit, Decimal(self.percent)), Decimal(-2))
            if limit
            else None
        )


def in_order(thresholds: tuple[Threshold, ...], limit: Decimal | None) -> tuple[Threshold, ...]:
    """Lowest first, by the amount under `limit`; percentages without an amount come first, rates
    last.
    """

    def rank(threshold: Threshold) -> tuple[bool, Decimal, bool, Decimal, bool]:
        amount = threshold.amount(limit)
        return (
            threshold.per_hour is not None,
            threshold.per_hour or Decimal(0),
            amount is not None,
            Decimal(threshold.percent or 0) if amount is None else amount,
            threshold.percent is None,
        )

    return tuple(sorted(thresholds, key=rank))


def same_value(left: object, right: object) -> bool:
    """Equality of JSON scalars: true is not 1, 200 is 200.0, "200" is not 200."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


@dataclass(frozen=True, slots=True)
class Meter:
    """What is counted: which event type feeds it, how, and when it resets: a counter with its
    windows, a gauge never.
    """

    id: str
    event: str
    aggregation: Aggregation
    value: str | None
    reset: Reset
    unit: str
    name: Text
    filter: Mapping[str, FilterValue] = field(default_factory=dict)

    @property
    def is_gauge(self) -> bool:
        return self.reset == "never"

    @property
    def has_rates(self) -> bool:
        """Whether it is known how much is used in an hour: of a counter that adds up."""
        return not self.is_gauge and self.aggregation not in ("latest", "max")

    def matches(self, data: Mapping[str, object]) -> bool:
        """Whether an event's `data` passes the meter's equality filter (a missing field equals null
        only).
        """
        return all(same_value(data.get(name), wanted) for name, wanted in self.filter.items())


def fitting(thresholds: tuple[Threshold, ...], meter: Meter) -> tuple[Threshold, ...]:
    """Of the thresholds of all meters those of this one: rates are for counters that add up."""
    if meter.has_rates:
        return thresholds
    return tuple(one for one in thresholds if one.per_hour is None)


@dataclass(frozen=True, slots=True)
class MeterLimit:
    """A plan's allowance for one meter. `limit` None is unlimited, 0 is "not in this plan";
    thresholds are sorted for that limit.
    """

    limit: Decimal | None
    thresholds: tuple[Threshold, ...]
    enforcement: Enforcement = "soft"


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one unit per month or year, in the plan's currency; one of the two may be
    missing.
    """

    month: Decimal | None
    year: Decimal | None

    @property
    def yearly(self) -> Decimal:
        """The yearly price, or twelve monthly prices. Exact."""
        return (
            self.year
            if self.year is not None
            else EXACT.multiply(self.month or Decimal(0), Decimal(12))
        )

    @property
    def monthly(self) -> Fraction:
        """The monthly price, or a twelfth of the yearly one, exact as no Decimal would be. Round it
        once, for display.
        """
        return Fraction(self.month) if self.month is not None else Fraction(self.year or 0) / 12


@dataclass(frozen=True, slots=True)
class Support:
    channels: tuple[str, ...] = ()
    first_response_hours: Decimal | None = None
    csm: Csm = "none"


@dataclass(frozen=True, slots=True)
class Plan:
    """`price` None is a custom price (R-006). `graduation` None means everything that is better in
    the next plan (R-013).
    """

    id: str
    rank: int
    family: str
    currency: str
    name: Text
    price: Price | None
    purchase: Purchase
    limits: Mapping[str, MeterLimit]
    support: Support = Support()
    features: tuple[str, ...] = ()
    extra: Mapping[str, Price] = field(default_factory=dict)
    graduation: tuple[str, ...] | None = None
    target: bool = False

    def limit(self, meter: str) -> Decimal | None:
        """None is unlimited. KeyError for a meter that the plan does not name, which a valid
        catalogue rules out.
        """
        return self.limits[meter].limit


@dataclass(frozen=True, slots=True)
class AddOn:
    """Sold in addition to a plan. `limits` is what one unit adds to a meter."""

    id: str
    name: Text
    plans: tuple[str, ...]
    price: Price
    limits: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that shows a feature (R-135)."""

    kind: AssetKind
    title: Text
    url: str


@dataclass(frozen=True, slots=True)
class Material:
    """A link for the documents of an offer, with what is said about it."""

    title: Text
    url: str
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    id: str
    group: FeatureGroup
    name: Text
    assets: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdout:
    """The share of accounts that get notices but no proposals, for measurement (BP-20)."""

    percent: Decimal = Decimal(0)
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a proposal's mail: name, postal address, and contact for complaints."""

    name: str
    address: str
    contact: str


@dataclass(frozen=True, slots=True)
class UsageLow:
    """Every limited meter below `percent`, and the 30-day trend at or below `trend` percent (a
    falling trend is negative).
    """

    percent: Decimal = Decimal(30)
    trend: Decimal = Decimal(-20)


@dataclass(frozen=True, slots=True)
class BugBlock:
    """The number of open high-severity bugs, or of bug reports in 30 days, that blocks."""

    severe: int = 1
    reports_30d: int = 2


@dataclass(frozen=True, slots=True)
class Repeat:
    """R-026: `percent` reached in `periods` consecutive periods, or on `days` distinct days of one
    period.
    """

    periods: int = 2
    days: int = 3
    percent: int = 95


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` proposals to an account in `days` days."""

    count: int
    days: int


@dataclass(frozen=True, slots=True)
class Guardrails:
    """R-080: a play pauses when complaints or unsubscribes exceed these shares of at least
    `min_sends` proposals; a share of fewer is meaningless: one percent of fifty is half a
    complaint.
    """

    complaint_percent: Decimal = Decimal(1)
    unsubscribe_percent: Decimal = Decimal(2)
    min_sends: int = 100


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator may set, with defaults. Applies to all accounts."""

    new_contract_grace_days: int = 30
    login_target_30d: int = 20
    login_low_30d: int = 4
    usage_low: UsageLow = UsageLow()
    tickets_high_30d: int = 5
    tickets_high_ratio: Decimal = Decimal(2)
    open_bugs_block: BugBlock = BugBlock()
    repeat_periods: Repeat = Repeat()
    cs_max_discount_pct: Decimal = Decimal(10)
    nps_max_age_days: int = 90
    decline_cooldown_days: int = 90
    downsell_cooldown_days: int = 180
    step_cooldown_days: int = 90
    proposal_cap: tuple[Cap, ...] = (Cap(1, 14), Cap(2, 30))
    deal_value_basis: DealValueBasis = "incremental"
    clear_value_multiple: Decimal = Decimal("1.5")
    routing: Routing = "by_size"
    sales_from: Mapping[str, Decimal] = field(
        default_factory=lambda: {"USD": Decimal(50_000), "JPY": Decimal(7_500_000)}
    )
    holdout: Holdout = Holdout()
    health: Mapping[str, Decimal] = field(
        default_factory=lambda: {
            "logins": Decimal("0.25"),
            "features": Decimal("0.25"),
            "limits": Decimal("0.15"),
            "nps": Decimal("0.15"),
            "support": Decimal("0.10"),
            "outcomes": Decimal("0.10"),
        }
    )
    sender: Sender | None = None
    holidays: bool = False
    guardrails: Guardrails = Guardrails()
    evaluate_on_create: bool = True
    mail_hold_seconds: int = 5
    process: Process = field(default_factory=Process)
    human_first: Mapping[str, Decimal] = field(default_factory=dict)
    experiment: Experiment | None = None
    costs: Costs | None = None


@dataclass(frozen=True, slots=True)
class Brand:
    """The product's brand. `logo` is an https URL, `color` is like `#0b57d0`."""

    name: Text
    logo: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """One version of everything that is sold. `declared_features`: plans and facts may use only
    `features`.

    `languages`: those declared for all names; empty if none are declared.
    """

    currency: str
    thresholds: tuple[Threshold, ...]
    meters: Mapping[str, Meter]
    plans: Mapping[str, Plan]
    links: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, Feature] = field(default_factory=dict)
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    add_ons: Mapping[str, AddOn] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    declared_features: bool = False
    languages: tuple[Language, ...] = ()
    brand: Brand | None = None
    materials: Mapping[str, tuple[Material, ...]] = field(default_factory=dict)
    _by_event: dict[str, tuple[Meter, ...]] = field(init=False, repr=False, compare=False)
    _families: dict[str, tuple[Plan, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_event: dict[str, tuple[Meter, ...]] = {}
        for meter in self.meters.values():
            by_event[meter.event] = (*by_event.get(meter.event, ()), meter)
        families: dict[str, tuple[Plan, ...]] = {}
        for plan in sorted(self.plans.values(), key=lambda plan: plan.rank):
            families[plan.family] = (*families.get(plan.family, ()), plan)
        object.__setattr__(self, "_by_event", by_event)
        object.__setattr__(self, "_families", families)

    def meters_for(self, event_type: str) -> tuple[Meter, ...]:
        """The meters that an event type feeds; empty if none (the event is ignored)."""
        return self._by_event.get(event_type, ())

    def family(self, plan_id: str) -> tuple[Plan, ...]:
        """The plans of this one's family, itself included, lowest rank first."""
        return self._families[self.plans[plan_id].family]

    def families(self) -> Mapping[str, tuple[Plan, ...]]:
        return self._families

    def higher_plans(self, plan_id: str) -> tuple[Plan, ...]:
        """The plans above this one in its family, lowest first."""
        rank = self.plans[plan_id].rank
        return tuple(plan for plan in self.family(plan_id) if plan.rank > rank)

    def next_plan(self, plan_id: str) -> Plan | None:
        """One step up (R-100): the lowest rank above within the family; None at the top."""
        return next(iter(self.higher_plans(plan_id)), None)

    def limit(self, plan_id: str, meter_id: str, add_ons: Mapping[str, int]) -> Decimal | None:
        """A subscription's limit: the plan's limit, extra units (`add_ons[meter]`), and what
        add-ons contribute. None is unlimited.
        """
        limit = self.plans[plan_id].limit(meter_id)
        if limit is None:
            return None
        units = self.plans[plan_id].extra.keys() & add_ons.keys() & {meter_id}
        extra = (Decimal(add_ons[unit]) for unit in units)
        others = (
            (self.add_ons[key], count)
            for key, count in add_ons.items()
            if key in self.add_ons and key not in units
        )
        brought = (
            EXACT.multiply(add_on.limits.get(meter_id, Decimal(0)), Decimal(count))
            for add_on, count in others
        )
        return min(reduce(EXACT.add, chain(extra, brought), limit), LARGEST_LIMIT)

    def knows_feature(self, feature_id: str) -> bool:
        """Whether a fact may name this feature: any is allowed, unless the catalogue declares its
        features.
        """
        return not self.declared_features or feature_id in self.features
