"""Parses a catalogue document into a `Catalog`, or reports all of its faults together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from shared.catalog import document
from shared.catalog.brand import read_brand
from shared.catalog.links import read_links
from shared.catalog.materials import read_assets, read_materials
from shared.catalog.names import check_names, read_name
from shared.catalog.place import LONGEST_ID, Place
from shared.catalog.policy import read_policy
from shared.catalog.positions import Positions
from shared.catalog.prices import read_currency, read_price
from shared.catalog.types import (
    LANGUAGES,
    RATE,
    AddOn,
    Aggregation,
    Catalog,
    Csm,
    Enforcement,
    Feature,
    FeatureGroup,
    FilterValue,
    Language,
    Meter,
    MeterLimit,
    Plan,
    Policy,
    Price,
    Purchase,
    Support,
    Text,
    Threshold,
    fitting,
    in_order,
)
from shared.values.faults import Fault
from shared.values.periods import Reset

Media = Literal["application/yaml", "application/json"]
DEFAULT_THRESHOLDS = tuple(Threshold(percent) for percent in (80, 90, 95, 100))
OTHER_GRADUATIONS = ("support",)
NO_RATES = "is for a counter that adds up (count, sum or unique)"
_MOST_THRESHOLDS = 100
_MOST_SALES = 20_000
_MISSING_METER = "is required: a plan names every meter"


class CatalogError(ValueError):
    """The document is not a valid catalogue. `faults` lists everything that is wrong."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "; ".join(f"{fault.path or 'the catalogue'} {fault.reason}" for fault in self.faults)
        )


class CatalogUnreadable(CatalogError):
    """The document is neither YAML nor JSON: one fault, at the root."""


@dataclass(frozen=True, slots=True)
class Written:
    """A catalogue with its text. `positions`: None for JSON, which programs write."""

    catalog: Catalog
    positions: Positions | None

    def placed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """With line and column, if the text has some."""
        return tuple(faults) if self.positions is None else self.positions.placed(faults)


def parse_catalog(body: bytes, media: Media) -> Catalog:
    """Raises CatalogUnreadable or CatalogError."""
    return read_catalog(body, media).catalog


def read_catalog(body: bytes, media: Media) -> Written:
    """Raises CatalogUnreadable or CatalogError; the faults of YAML have line and column."""
    read = document.read_yaml if media == "application/yaml" else document.read_json
    try:
        tree, faults, positions = read(body)
    except document.Unreadable as error:
        at = error.position
        place = (at.line, at.column) if at else (None, None)
        raise CatalogUnreadable([Fault("", str(error), *place)]) from error
    try:
        return Written(_checked(tree, faults), positions)
    except CatalogError as error:
        if positions is None:
            raise
        raise CatalogError(positions.placed(error.faults)) from None


def parse_stored(body: bytes) -> Catalog:
    """A catalogue that was accepted before, from its canonical bytes, which may be larger than the
    input because some defaults are written out.
    """
    return _checked(*document.read_stored(body))


def _checked(tree: object, faults: list[Fault]) -> Catalog:
    catalog = _catalog(Place(tree, "", faults))
    if faults:
        raise CatalogError(faults)
    return catalog


def parse_thresholds(raw: object, path: str = "/thresholds") -> tuple[Threshold, ...]:
    """An account's own thresholds, as in a catalogue (`[50, 100, {"at": "9 GB"}]`), not sorted yet:
    see `in_order`. Raises CatalogError.
    """
    faults: list[Fault] = []
    thresholds = _thresholds(Place(raw, path, faults))
    if faults:
        raise CatalogError(faults)
    return thresholds


_OPTIONAL = (
    "languages",
    "brand",
    "thresholds",
    "links",
    "features",
    "frameworks",
    "add_ons",
    "materials",
    "policy",
)


def _catalog(place: Place) -> Catalog:
    fields = place.fields(required=("currency", "meters", "plans"), optional=_OPTIONAL)
    languages = _languages(fields["languages"]) if "languages" in fields else ()
    check_names(fields, languages)
    currency = read_currency(fields["currency"]) if "currency" in fields else ""
    thresholds = (
        in_order(_thresholds(fields["thresholds"]), None)
        if "thresholds" in fields
        else DEFAULT_THRESHOLDS
    )
    meters = {key: _meter(key, item) for key, item in _keyed(fields.get("meters"))}
    declared = {key: _feature(key, item) for key, item in _keyed(fields.get("features"))}
    frameworks = {
        key: _known_texts(item, declared, "feature")
        for key, item in _keyed(fields.get("frameworks"))
    }
    reader = _PlanReader(currency, thresholds, meters, declared, frameworks)
    plans = _plans(fields["plans"], reader) if "plans" in fields else {}
    add_ons = _add_ons(fields["add_ons"], plans, meters) if "add_ons" in fields else {}
    return Catalog(
        currency,
        thresholds,
        meters,
        plans,
        links=read_links(fields["links"]) if "links" in fields else {},
        features=declared or _undeclared(plans.values()),
        frameworks=frameworks,
        add_ons=add_ons,
        policy=read_policy(fields["policy"]) if "policy" in fields else Policy(),
        declared_features="features" in fields,
        languages=languages,
        brand=read_brand(fields["brand"]) if "brand" in fields else None,
        materials=read_materials(fields["materials"]) if "materials" in fields else {},
    )


def _languages(place: Place) -> tuple[Language, ...]:
    """The languages in which every name is required; their order has no meaning."""
    items = place.items()
    if isinstance(place.value, list) and not items:
        place.fault("must not be empty")
    found: set[Language] = set()
    for item in items:
        language = item.choice(LANGUAGES)
        if item.value != language:
            continue
        if language in found:
            item.fault(f"{language!r} is given twice")
        found.add(language)
    return tuple(language for language in LANGUAGES if language in found)


def _keyed(place: Place | None) -> list[tuple[str, Place]]:
    """The entries of a mapping keyed by ids; checks the ids."""
    if place is None:
        return []
    entries = place.entries()
    for key, item in entries.items():
        Place(key, item.path, item.faults).identifier()
    return list(entries.items())


def _name(fields: Mapping[str, Place], key: str) -> Text:
    return read_name(fields["name"]) if "name" in fields else _spelled(key)


def _spelled(key: str) -> Text:
    """The default name, derived from the id: `audit_log` becomes "audit log"."""
    return Text(key.replace("_", " "), key.replace("_", " "))


def _undeclared(plans: Iterable[Plan]) -> dict[str, Feature]:
    return {key: Feature(key, "features", _spelled(key)) for plan in plans for key in plan.features}


def _thresholds(place: Place) -> tuple[Threshold, ...]:
    items = place.items()
    if isinstance(place.value, list) and not items:
        place.fault("must not be empty")
    if len(items) > _MOST_THRESHOLDS:
        place.fault(f"must be {_MOST_THRESHOLDS} thresholds at most")
        return ()
    thresholds: dict[Threshold, None] = {}
    for item in items:
        faults_before = len(place.faults)
        threshold = _threshold(item)
        if threshold in thresholds and len(place.faults) == faults_before:
            item.fault(f"{threshold.key} is given twice")
        if len(place.faults) == faults_before:
            thresholds[threshold] = None
    return tuple(thresholds)


def _threshold(place: Place) -> Threshold:
    if not isinstance(place.value, dict):
        return Threshold(place.whole(1, 1000))
    name = RATE if RATE in place.value else "at"
    fields = place.fields(required=(name,))
    amount = fields[name].quantity() if name in fields else Decimal(1)
    if not amount:
        fields[name].fault("must be above 0")
    return Threshold(per_hour=amount) if name == RATE else Threshold(at=amount)


def misplaced(thresholds: Iterable[Threshold], meter: Meter | None) -> list[int]:
    """Which of them are rates, if the meter has none."""
    if meter is None or meter.has_rates:
        return []
    return [n for n, one in enumerate(thresholds) if one.per_hour is not None]


def _meter(key: str, place: Place) -> Meter:
    fields = place.fields(
        required=("event", "aggregation", "reset"), optional=("value", "unit", "name", "filter")
    )
    aggregation: Aggregation = (
        fields["aggregation"].choice(get_args(Aggregation)) if "aggregation" in fields else "count"
    )
    if "aggregation" in fields and fields["aggregation"].value == "count" and "value" in fields:
        fields["value"].fault("a count has no value: leave it out, or use sum")
    if aggregation != "count" and "value" not in fields:
        place.at("value", None).fault(f"is required: the field of data that {aggregation} reads")
    return Meter(
        key,
        event=fields["event"].text(LONGEST_ID) if "event" in fields else "",
        aggregation=aggregation,
        value=fields["value"].text() if "value" in fields else None,
        reset=fields["reset"].choice(get_args(Reset)) if "reset" in fields else "period",
        unit=fields["unit"].identifier() if "unit" in fields else "unit",
        name=_name(fields, key),
        filter={name: _filter_value(item) for name, item in fields["filter"].entries().items()}
        if "filter" in fields
        else {},
    )


def _filter_value(place: Place) -> FilterValue:
    if isinstance(place.value, str):
        return place.text()
    if place.value is None or isinstance(place.value, bool):
        return place.value
    if isinstance(place.value, int | Decimal):
        place.amount()
        return place.value
    place.fault("must be text, a number, true, false or null")
    return None


def _feature(key: str, place: Place) -> Feature:
    fields = place.fields(required=(), optional=("group", "name", "assets"))
    return Feature(
        key,
        fields["group"].choice(get_args(FeatureGroup)) if "group" in fields else "features",
        _name(fields, key),
        read_assets(fields["assets"]) if "assets" in fields else (),
    )


def _known_texts(place: Place, known: Mapping[str, object], what: str) -> tuple[str, ...]:
    """A list of unique ids; each must be in `known`, unless that is empty (nothing declared)."""
    texts: dict[str, None] = {}
    for item in place.items():
        text = item.identifier()
        if text and known and text not in known:
            item.unknown(f"unknown {what} {text!r}", text, known)
        if text and text in texts:
            item.fault(f"{text!r} is given twice")
        texts[text] = None
    return tuple(texts)


_OPTIONAL_OF_PLANS = (
    "family",
    "currency",
    "name",
    "price",
    "purchase",
    "support",
    "features",
    "extra",
    "graduation",
    "target",
)


class _PlanReader:
    """What a plan's parts are checked against."""

    def __init__(
        self,
        currency: str,
        thresholds: tuple[Threshold, ...],
        meters: Mapping[str, Meter],
        features: Mapping[str, Feature],
        frameworks: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._currency, self._thresholds, self._meters, self._features = (
            currency,
            thresholds,
            meters,
            features,
        )
        known = (*meters, *frameworks, *OTHER_GRADUATIONS, *features)
        self._graduations = dict.fromkeys(known if features else ())

    def read(self, place: Place) -> Plan:
        fields = place.fields(required=("id", "rank", "limits"), optional=_OPTIONAL_OF_PLANS)
        key = fields["id"].identifier() if "id" in fields else ""
        currency = read_currency(fields["currency"]) if "currency" in fields else self._currency
        return Plan(
            key,
            rank=fields["rank"].whole(1, 1_000_000) if "rank" in fields else 1,
            family=fields["family"].identifier() if "family" in fields else "",
            currency=currency,
            name=_name(fields, key),
            price=None
            if "price" not in fields or fields["price"].value == "custom"
            else read_price(fields["price"], currency),
            purchase=fields["purchase"].choice(get_args(Purchase))
            if "purchase" in fields
            else "self_serve",
            limits=self._limits(fields["limits"]) if "limits" in fields else {},
            support=_support(fields["support"]) if "support" in fields else Support(),
            features=_known_texts(fields["features"], self._features, "feature")
            if "features" in fields
            else (),
            extra={
                key: read_price(item, currency)
                for key, item in self._by_meter(fields["extra"]).items()
            }
            if "extra" in fields
            else {},
            graduation=self._graduation(fields["graduation"]) if "graduation" in fields else None,
            target=fields["target"].flag() if "target" in fields else False,
        )

    def _by_meter(self, place: Place) -> dict[str, Place]:
        entries = place.entries()
        for key, item in entries.items():
            if key not in self._meters:
                item.unknown("unknown meter", key, self._meters)
        return entries

    def _limits(self, place: Place) -> dict[str, MeterLimit]:
        limits = {
            key: self._limit(item, self._meters.get(key))
            for key, item in self._by_meter(place).items()
        }
        if (
            isinstance(place.value, dict)
            and not place.is_full
            and not self._meters.keys() <= limits.keys()
        ):
            for key in self._meters:
                if key not in limits:
                    place.at(key, None).fault(_MISSING_METER)
        return limits

    def _limit(self, place: Place, meter: Meter | None) -> MeterLimit:
        usual = self._thresholds if meter is None else fitting(self._thresholds, meter)
        if not isinstance(place.value, dict):
            limit = place.limit()
            return MeterLimit(limit, in_order(usual, limit))
        fields = place.fields(required=("limit",), optional=("thresholds", "enforcement"))
        limit = fields["limit"].limit() if "limit" in fields else None
        thresholds = _thresholds(fields["thresholds"]) if "thresholds" in fields else usual
        for n in misplaced(thresholds, meter) if thresholds is not usual else ():
            fields["thresholds"].at(n, None).fault(NO_RATES)
        enforcement: Enforcement = (
            fields["enforcement"].choice(get_args(Enforcement))
            if "enforcement" in fields
            else "soft"
        )
        return MeterLimit(limit, in_order(thresholds, limit), enforcement)

    def _graduation(self, place: Place) -> tuple[str, ...]:
        return _known_texts(place, self._graduations, "meter, feature or framework")


def _support(place: Place) -> Support:
    fields = place.fields(required=(), optional=("channels", "first_response_hours", "csm"))
    return Support(
        _known_texts(fields["channels"], {}, "channel") if "channels" in fields else (),
        fields["first_response_hours"].number(0, 8760)
        if "first_response_hours" in fields
        else None,
        fields["csm"].choice(get_args(Csm)) if "csm" in fields else "none",
    )


def _plans(place: Place, reader: _PlanReader) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    currencies: dict[str, str] = {}
    ranks: set[tuple[str, int]] = set()
    for item in place.items():
        plan = reader.read(item)
        if plan.id in plans:
            item.at("id", plan.id).fault(f"{plan.id!r} is given twice")
        if plan.id:
            plans[plan.id] = plan
        if item.lacks("family") or item.holds("family", plan.family):
            _beside(item, plan, currencies, ranks)
    if isinstance(place.value, list) and not place.value:
        place.fault("must not be empty")
    return plans


def _beside(
    item: Place, plan: Plan, currencies: dict[str, str], ranks: set[tuple[str, int]]
) -> None:
    """Requires one currency per family and each rank once; stand-ins for faulty values are not
    compared.
    """
    if plan.currency and currencies.setdefault(plan.family, plan.currency) != plan.currency:
        item.at("currency", plan.currency).fault(
            f"must be {currencies[plan.family]}, as for the other plans of its family"
        )
    if not item.holds("rank", plan.rank):
        return
    if (plan.family, plan.rank) in ranks:
        item.at("rank", plan.rank).fault(f"rank {plan.rank} is given twice in this family")
    ranks.add((plan.family, plan.rank))


def _add_ons(
    place: Place, plans: Mapping[str, Plan], meters: Mapping[str, Meter]
) -> dict[str, AddOn]:
    add_ons: dict[str, AddOn] = {}
    everywhere, sales = tuple(plans), 0
    for item in place.items():
        add_on = _add_on(item, plans, meters, everywhere)
        sales += len(add_on.plans)
        if sales > _MOST_SALES:
            place.fault(
                "are sold with too many plans: "
                f"{_MOST_SALES} pairs of an add-on and a plan are the most"
            )
            break
        if add_on.id in add_ons:
            item.at("id", add_on.id).fault(f"{add_on.id!r} is given twice")
        if add_on.id:
            add_ons[add_on.id] = add_on
    return add_ons


def _add_on(
    place: Place,
    plans: Mapping[str, Plan],
    meters: Mapping[str, Meter],
    everywhere: tuple[str, ...],
) -> AddOn:
    fields = place.fields(required=("id", "price"), optional=("name", "plans", "limits"))
    key = fields["id"].identifier() if "id" in fields else ""
    sold_with = _known_texts(fields["plans"], plans, "plan") if "plans" in fields else everywhere
    currencies = sorted({plans[plan].currency for plan in sold_with if plan in plans} - {""})
    if len(currencies) > 1:
        place.at("plans", sold_with).fault(
            f"are sold in {', '.join(currencies)}: an add-on has one price in one currency"
        )
    return AddOn(
        key,
        _name(fields, key),
        sold_with,
        price=read_price(fields["price"], currencies[0] if currencies else "")
        if "price" in fields
        else Price(None, None),
        limits=_brought(fields["limits"], meters)
        if "limits" in fields
        else _one_more_unit(key, meters),
    )


def _brought(place: Place, meters: Mapping[str, Meter]) -> dict[str, Decimal]:
    for meter, item in place.entries().items():
        if meter not in meters:
            item.unknown("unknown meter", meter, meters)
    return (
        {meter: item.quantity() for meter, item in place.entries().items()}
        if isinstance(place.value, dict)
        else {}
    )


def _one_more_unit(key: str, meters: Mapping[str, Meter]) -> dict[str, Decimal]:
    """An add-on with a meter's id is one more unit of that meter."""
    return {key: Decimal(1)} if key in meters else {}
