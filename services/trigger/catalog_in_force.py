"""The catalogue in force. Pure."""

from dataclasses import dataclass

from shared.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Applied:
    version: int
    catalog: Catalog
