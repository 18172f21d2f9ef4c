"""What changes between two versions of the catalogue, as tables. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.views.plan_table import NONE, Cell, limit_cell, name_of, support_cell, unit_of
from shared.wording.language import Language

MOST = 200
"""Rows of a group that are shown."""


def view(
    found: Mapping[str, Any], catalogue: Mapping[str, Any] | None, language: Language
) -> dict[str, Any]:
    """`found`: as `GET /v1/catalogs/{a}/differences/{b}` has it. `catalogue`: for names."""
    named = catalogue or {"plans": [], "meters": {}}
    plans = {one["id"]: name_of(one, one["id"], language) for one in named["plans"]}
    groups = [_group(one, named, plans, language) for one in found["groups"]]
    others = found["others"]
    affected = found["affected"]
    return {
        "same": found["same"],
        "groups": groups,
        "others": [
            {**one, "before": said(one["before"]), "after": said(one["after"])}
            for one in others["changes"][:MOST]
        ],
        "others_total": others["total"],
        "affected": affected,
        "plans": [
            {**one, "name": plans.get(one["plan"], one["plan"])} for one in affected["plans"]
        ],
        "meters": [
            {**one, "name": _meter_name(named, one["meter"], language)}
            for one in affected["meters"]
        ],
    }


def _group(
    group: Mapping[str, Any],
    named: Mapping[str, Any],
    plans: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    return {
        "group": group["group"],
        "total": group["total"],
        "rows": [
            {
                "plan": one["plan"],
                "plan_name": plans.get(one["plan"], one["plan"]),
                "key": one["key"],
                "part": one["part"],
                "label": _label(one, named, language),
                "before": _cell(one, one["before"], named),
                "after": _cell(one, one["after"], named),
            }
            for one in group["changes"][:MOST]
        ],
    }


def _label(one: Mapping[str, Any], named: Mapping[str, Any], language: Language) -> str:
    """A name of the catalogue's; empty for a part of support, which has words."""
    if one["part"] == "support":
        return ""
    if one["part"] == "feature":
        feature = named.get("features", {}).get(one["key"], {})
        return name_of(feature, one["key"].replace("_", " "), language)
    return _meter_name(named, one["key"], language)


def _meter_name(named: Mapping[str, Any], key: str, language: Language) -> str:
    return name_of(named["meters"].get(key, {}), key, language)


def _cell(one: Mapping[str, Any], value: Any, named: Mapping[str, Any]) -> Cell:
    if value is None:
        return NONE
    match one["part"]:
        case "feature":
            return Cell("flag", value)
        case "limit":
            return limit_cell(value, unit_of(named, one["key"]))
        case "support":
            return support_cell(one["key"], value)
        case "enforcement":
            return Cell("words", f"enforcement.{value}")
    return Cell("text", ", ".join(said(each) for each in value))


def said(value: Any) -> str:
    """A value of the document, as it is written there."""
    match value:
        case None:
            return "–"
        case bool():
            return str(value).lower()
        case {"at": amount}:
            return str(amount)
        case {"per_hour": amount}:
            return f"{amount}/h"
        case Mapping():
            return ", ".join(f"{key}: {said(one)}" for key, one in value.items())
        case list():
            return ", ".join(map(said, value))
    return str(value)
