"""Writes a catalogue as a document in canonical bytes: the same content is the same version,
however it was written.

`parse_catalog(canonical(catalog), "application/json")` is the same catalogue again. The order of
`meters`, `features` and lists matters (people see them in that order), so the bytes keep it: store
them as bytes or text, never as jsonb.
"""

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from shared.catalog.shape import CatalogDocument
from shared.catalog.types import (
    AddOn,
    Asset,
    Brand,
    Catalog,
    Feature,
    Material,
    Meter,
    MeterLimit,
    Plan,
    Policy,
    Price,
    Support,
    Text,
    Threshold,
    fitting,
    in_order,
)
from shared.values.quantities import UNLIMITED, dumps

Document = dict[str, Any]


def canonical(catalog: Catalog) -> bytes:
    return dumps(catalog_document(catalog))


def catalog_document(catalog: Catalog) -> CatalogDocument:
    """The catalogue as a plain tree with Decimals, in the public form. Defaults are left out."""
    document: Document = {
        "currency": catalog.currency,
        "thresholds": _thresholds(catalog.thresholds),
        "meters": {meter.id: _meter(meter) for meter in catalog.meters.values()},
        "plans": [_plan(plan, catalog) for plan in catalog.plans.values()],
        "languages": list(catalog.languages),
        "brand": _brand(catalog.brand),
        "links": dict(sorted(catalog.links.items())),
        "frameworks": {key: list(features) for key, features in sorted(catalog.frameworks.items())},
        "add_ons": [_add_on(add_on) for add_on in catalog.add_ons.values()],
        "materials": {
            kind: [_material(one) for one in found]
            for kind, found in sorted(catalog.materials.items())
            if found
        },
        "policy": _changed(catalog.policy, Policy()),
    }
    if catalog.declared_features:
        document["features"] = {
            feature.id: _feature(feature) for feature in catalog.features.values()
        }
    always = ("currency", "thresholds", "meters", "plans", "features")
    shown: Any = {key: value for key, value in document.items() if value or key in always}
    told: CatalogDocument = shown  # a test checks that it has this form
    return told


def _text(text: Text) -> Document:
    return {"en": text.en, "ja": text.ja}


def _brand(brand: Brand | None) -> Document:
    if brand is None:
        return {}
    return {
        "name": _text(brand.name),
        **{key: value for key, value in (("logo", brand.logo), ("color", brand.color)) if value},
    }


def _thresholds(thresholds: tuple[Threshold, ...]) -> list[object]:
    return [threshold.json for threshold in thresholds]


def _meter(meter: Meter) -> Document:
    return {
        "event": meter.event,
        "aggregation": meter.aggregation,
        **({"value": meter.value} if meter.value is not None else {}),
        "reset": meter.reset,
        "unit": meter.unit,
        "name": _text(meter.name),
        **({"filter": dict(sorted(meter.filter.items()))} if meter.filter else {}),
    }


def _limit(limit: MeterLimit, usual: tuple[Threshold, ...]) -> object:
    amount = UNLIMITED if limit.limit is None else limit.limit
    own: Document = {}
    if limit.thresholds != in_order(usual, limit.limit):
        own["thresholds"] = _thresholds(limit.thresholds)
    if limit.enforcement != "soft":
        own["enforcement"] = limit.enforcement
    return {"limit": amount, **own} if own else amount


def _price(price: Price) -> Document:
    return {
        key: amount
        for key, amount in (("month", price.month), ("year", price.year))
        if amount is not None
    }


def _support(support: Support) -> Document:
    hours = (
        {}
        if support.first_response_hours is None
        else {"first_response_hours": support.first_response_hours}
    )
    return {"channels": list(support.channels), **hours, "csm": support.csm}


def _plan(plan: Plan, catalog: Catalog) -> Document:
    optional: Document = {
        "family": plan.family,
        "currency": "" if plan.currency == catalog.currency else plan.currency,
        "extra": {meter: _price(price) for meter, price in sorted(plan.extra.items())},
        "target": plan.target,
    }
    return {
        "id": plan.id,
        "rank": plan.rank,
        "name": _text(plan.name),
        "price": "custom" if plan.price is None else _price(plan.price),
        "purchase": plan.purchase,
        "limits": {
            key: _limit(plan.limits[key], fitting(catalog.thresholds, meter))
            for key, meter in catalog.meters.items()
        },
        "support": _support(plan.support),
        "features": list(plan.features),
        **({} if plan.graduation is None else {"graduation": list(plan.graduation)}),
        **{key: value for key, value in optional.items() if value},
    }


def _add_on(add_on: AddOn) -> Document:
    brings = {"limits": dict(sorted(add_on.limits.items()))}
    return {
        "id": add_on.id,
        "name": _text(add_on.name),
        "plans": list(add_on.plans),
        "price": _price(add_on.price),
        **brings,
    }


def _feature(feature: Feature) -> Document:
    assets = [_asset(asset) for asset in feature.assets]
    return {
        "group": feature.group,
        "name": _text(feature.name),
        **({"assets": assets} if assets else {}),
    }


def _asset(asset: Asset) -> Document:
    return {"kind": asset.kind, "title": _text(asset.title), "url": asset.url}


def _material(material: Material) -> Document:
    told = {} if material.text is None else {"text": _text(material.text)}
    return {"title": _text(material.title), "url": material.url, **told}


def _changed(policy: Policy, default: Policy) -> Document:
    """Only what differs from the defaults, so that a default added later changes no catalogue's
    bytes.
    """
    pairs = (
        (item.name, getattr(policy, item.name), getattr(default, item.name))
        for item in fields(Policy)
    )
    return {name: _plain(value) for name, value, usual in pairs if value != usual}


def policy_document(policy: Policy) -> Document:
    """The whole policy, with what is left out of documents because it is the default."""
    return {item.name: _plain(getattr(policy, item.name)) for item in fields(Policy)}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in sorted(value.items())}
    assert value is None or isinstance(value, str | int | bool | Decimal)
    return value
