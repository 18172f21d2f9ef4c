"""The catalogue: what is counted, what is sold, and under which policy. `types` has the values,
`parse` reads them, `lint` warns.
"""

from shared.catalog.canonical import canonical, catalog_document
from shared.catalog.lint import lint_catalog
from shared.catalog.parse import (
    NO_RATES,
    CatalogError,
    CatalogUnreadable,
    Media,
    Written,
    misplaced,
    parse_catalog,
    parse_stored,
    parse_thresholds,
    read_catalog,
)
from shared.catalog.place import is_identifier
from shared.catalog.types import (
    RATE,
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
from shared.values.faults import Fault

__all__ = [
    "NO_RATES",
    "RATE",
    "AddOn",
    "Aggregation",
    "Catalog",
    "CatalogError",
    "CatalogUnreadable",
    "Fault",
    "Feature",
    "Media",
    "Meter",
    "MeterLimit",
    "Plan",
    "Policy",
    "Price",
    "Support",
    "Text",
    "Threshold",
    "Written",
    "canonical",
    "catalog_document",
    "in_order",
    "is_identifier",
    "lint_catalog",
    "misplaced",
    "parse_catalog",
    "parse_stored",
    "parse_thresholds",
    "read_catalog",
]
