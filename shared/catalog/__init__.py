"""The catalogue: what is counted, sold, and by which policy. `types` has the values, `parse` reads them, `lint` warns."""

from shared.catalog.types import (
    AddOn,
    Aggregation,
    Catalog,
    Feature,
    Meter,
    MeterLimit,
    Plan,
    Policy,
    Price,
    Support,
    Text,
    Threshold,
    in_order,
)
from shared.faults import Fault

__all__ = [
    "AddOn",
    "Aggregation",
    "Catalog",
    "Fault",
    "Feature",
    "Meter",
    "MeterLimit",
    "Plan",
    "Policy",
    "Price",
    "Support",
    "Text",
    "Threshold",
    "in_order",
]
