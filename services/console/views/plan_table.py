"""A catalogue as a table: a column per plan, its rows in the groups in which plans differ. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.wording.language import Language

GROUPS = ("price", "limits", "features", "support", "security", "integrations")
MOST_PLANS, MOST_ROWS = 24, 100
"""Columns, and rows of a group, that are shown."""
_PARTS_OF_SUPPORT = ("channels", "first_response_hours", "csm")
_PRICES = ("month", "year")


@dataclass(frozen=True, slots=True)
class Cell:
    """`kind`: how a template writes it (money, limit, flag, text, number, none)."""

    kind: str
    value: Any = None
    unit: str = ""


NONE = Cell("none")


@dataclass(frozen=True, slots=True)
class Row:
    """`words`: the name of its words, where it is not a name of the catalogue's."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """`total`: how many rows there are."""

    group: str
    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Table:
    """`plans`: (id, name) of each column that is shown; `total`: how many plans there are."""

    plans: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    total: int


def table(catalogue: Mapping[str, Any], language: Language) -> Table:
    """`catalogue`: as `GET /v1/catalog` has it."""
    plans: Sequence[Mapping[str, Any]] = catalogue["plans"][:MOST_PLANS]
    named = tuple((plan["id"], name_of(plan, plan["id"], language)) for plan in plans)
    found = {
        "price": _prices(catalogue, plans),
        "limits": _limits(catalogue, plans, language),
        "support": _support(plans),
        **_features(catalogue, plans, language),
    }
    rows = {group: tuple(found[group]) for group in GROUPS}
    sections = tuple(
        Section(group, of_it[:MOST_ROWS], len(of_it)) for group, of_it in rows.items() if of_it
    )
    return Table(named, sections, len(catalogue["plans"]))


def name_of(thing: Mapping[str, Any], key: str, language: Language) -> str:
    name = thing.get("name") or key
    return str(name if isinstance(name, str) else name.get(language) or key)


def unit_of(catalogue: Mapping[str, Any], meter: str) -> str:
    return str(catalogue["meters"].get(meter, {}).get("unit", ""))


def limit_cell(limit: Any, unit: str) -> Cell:
    amount = limit["limit"] if isinstance(limit, Mapping) else limit
    return NONE if amount is None else Cell("limit", amount, unit)


def _prices(catalogue: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]) -> Iterable[Row]:
    for period in _PRICES:
        cells = tuple(_price(catalogue, plan, period) for plan in plans)
        if any(cell != NONE for cell in cells):
            yield Row(period, "", cells, f"price.{period}")
    kinds = tuple(Cell("words", f"purchase.{plan['purchase']}") for plan in plans)
    yield Row("purchase", "", kinds, "purchase")


def _price(catalogue: Mapping[str, Any], plan: Mapping[str, Any], period: str) -> Cell:
    price = plan.get("price")
    if not isinstance(price, Mapping):
        return Cell("words", "price.custom")
    amount = price.get(period)
    return (
        NONE
        if amount is None
        else Cell("money", amount, plan.get("currency") or catalogue["currency"])
    )


def _limits(
    catalogue: Mapping[str, Any], plans: Sequence[Mapping[str, Any]], language: Language
) -> Iterable[Row]:
    for key, meter in catalogue["meters"].items():
        unit = meter.get("unit", "")
        cells = tuple(limit_cell(plan["limits"].get(key), unit) for plan in plans)
        yield Row(key, name_of(meter, key, language), cells)


def _support(plans: Sequence[Mapping[str, Any]]) -> Iterable[Row]:
    for part in _PARTS_OF_SUPPORT:
        cells = tuple(support_cell(part, plan.get("support", {}).get(part)) for plan in plans)
        if any(cell != NONE for cell in cells):
            yield Row(part, "", cells, f"support.{part}")


def support_cell(part: str, value: Any) -> Cell:
    if value is None or value == []:
        return NONE
    if part == "csm":
        return Cell("words", f"csm.{value}")
    return Cell("text", ", ".join(value)) if isinstance(value, list) else Cell("hours", value)


def _features(
    catalogue: Mapping[str, Any], plans: Sequence[Mapping[str, Any]], language: Language
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {"features": [], "security": [], "integrations": []}
    declared = catalogue.get("features", {})
    held = [set(plan.get("features", ())) for plan in plans]
    for key in dict.fromkeys(one for plan in plans for one in plan.get("features", ())):
        feature = declared.get(key, {})
        cells = tuple(Cell("flag", key in of_plan) for of_plan in held)
        label = name_of(feature, key.replace("_", " "), language)
        found[feature.get("group", "features")].append(Row(key, label, cells))
    return found
