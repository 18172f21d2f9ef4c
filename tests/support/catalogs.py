"""The catalogues of the requirements, as parsed values, and a small one that tests modify."""

from functools import cache
from pathlib import Path
from typing import Any

from shared.catalog import Catalog, parse_catalog
from shared.values.quantities import dumps

FOLDER = Path(__file__).parents[1] / "fixtures" / "catalogs"


@cache
def catalog(name: str) -> Catalog:
    """`global`, `jp`, `jp_alt`, `case` or `seed_b_comparison`."""
    return parse_catalog((FOLDER / f"{name}.yaml").read_bytes(), "application/yaml")


def parsed(document: Any) -> Catalog:
    return parse_catalog(dumps(document), "application/json")


def document(**changes: Any) -> dict[str, Any]:
    """A valid document: two meters, three plans. `changes` replace top-level parts."""
    meters = {
        "storage": {
            "event": "storage.measured",
            "aggregation": "latest",
            "value": "bytes",
            "reset": "never",
            "unit": "byte",
        },
        "seats": {
            "event": "seat.changed",
            "aggregation": "sum",
            "value": "delta",
            "reset": "never",
            "unit": "seat",
        },
    }
    plans = [
        plan("starter", 1, 49, storage="10 GB", seats=5),
        plan("pro", 2, 500, storage="100 GB", seats=25),
    ]
    return {
        "currency": "USD",
        "meters": meters,
        "plans": [*plans, plan("enterprise", 3, 1750)],
        **changes,
    }


def plan(
    key: str,
    rank: int,
    month: int = 0,
    storage: object = "unlimited",
    seats: object = "unlimited",
    **more: Any,
) -> dict[str, Any]:
    limits = {"storage": storage, "seats": seats}
    return {
        "id": key,
        "rank": rank,
        "price": {"month": month, "year": month * 12},
        "limits": limits,
        "features": ["core"],
        **more,
    }
