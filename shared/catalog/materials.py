"""What a person can show: assets of a feature, and materials for the documents of an offer."""

from collections.abc import Mapping
from typing import get_args

from shared.catalog.names import read_name
from shared.catalog.place import Place
from shared.catalog.types import Asset, AssetKind, Material, MaterialKind, Text
from shared.values.web_address import read_address

_MOST = 100


def read_assets(place: Place) -> tuple[Asset, ...]:
    """`[{kind, title, url}]` of a feature."""
    return tuple(_asset(item) for item in _few(place))


def read_materials(place: Place) -> dict[str, tuple[Material, ...]]:
    """`{case_study: [{title, url, text?}], …}`."""
    fields = place.fields(required=(), optional=get_args(MaterialKind))
    return {kind: tuple(_material(item) for item in _few(part)) for kind, part in fields.items()}


def _few(place: Place) -> list[Place]:
    items = place.items()
    if len(items) > _MOST:
        place.fault(f"must be {_MOST} at most")
    return items[:_MOST]


def _asset(place: Place) -> Asset:
    fields = place.fields(required=("kind", "title", "url"))
    return Asset(
        fields["kind"].choice(get_args(AssetKind)) if "kind" in fields else "demo",
        _text(fields, "title"),
        _url(fields),
    )


def _material(place: Place) -> Material:
    fields = place.fields(required=("title", "url"), optional=("text",))
    return Material(
        _text(fields, "title"),
        _url(fields),
        _text(fields, "text") if "text" in fields else None,
    )


def _text(fields: Mapping[str, Place], key: str) -> Text:
    return read_name(fields[key]) if key in fields else Text("", "")


def _url(fields: Mapping[str, Place]) -> str:
    return fields["url"].reading(read_address, "") if "url" in fields else ""
