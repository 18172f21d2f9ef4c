"""A figure of a report: as the API has it, and how it is written. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.console.addresses import of
from services.console.views.report.vocabulary import FEW, Vocabulary

Cell = dict[str, Any]

LINKS = {
    "account": "accounts",
    "opportunity": "opportunities",
    "task": "tasks",
    "decision": "decisions",
}
_NOT_MONEY = frozenset({*LINKS, "credited", "id", "key", "owner", "play"})
_MONEY = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.*", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SHARES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cohort_percent": ("won", ("qualified",)),
    "decided_percent": ("won", ("won", "lost")),
    "win_percent": ("won", ("won", "lost")),
    "resolved_percent": ("resolved", ("raised",)),
    "won_percent": ("won", ("raised",)),
    "won_of_resolved_percent": ("won", ("resolved",)),
    "acceptance_percent": ("accepted", ("accepted", "rejected", "timed_out")),
    "missing_feature_percent": ("missing_feature", ("churned",)),
}
"""Which of how many a percentage is."""
_PERCENTS = (("upgraded", ("accounts",)), ("retained", ("n",)))
"""Of what is only called `percent`."""
_SIGNED = frozenset(
    {
        "change_percent",
        "nps.delta",
        "nps_delta",
        "plan_upgrade_points",
        "points",
        "relative_percent",
    }
)
"""What is a difference."""
_OF_MONEY = frozenset({"change_percent", "relative_percent"})
"""Percentages that `low_n` says nothing of."""


def flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested names are joined by a dot."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def raw(value: Any) -> str:
    """As the API and its CSV have it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ";".join(raw(one) for one in value)
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def signed(value: Any) -> str:
    """`+12`, `−0.8`."""
    exact = Decimal(value)
    plain = f"{exact.normalize():f}" if exact else "0"
    return f"+{plain}" if exact > 0 else plain.replace("-", "−")


def cell(name: str, value: Any, row: Mapping[str, Any], names: Vocabulary) -> Cell:
    """`kind` says how it is written. `part`, `whole`: of a percentage that few cases make."""
    kind = _kind(name, value, row)
    words = names.word(name, value) if kind == "text" else ""
    part, whole = _share(name, row)
    href = of(LINKS[name], value) if kind == "link" else ""
    return {
        "href": href,
        "name": name,
        "raw": raw(value),
        "value": value,
        "currency": row.get("currency") or "",
        "kind": "code" if words else kind,
        "words": words,
        "few": kind == "percent" and name not in _OF_MONEY and _is_few(whole, row),
        "part": part,
        "whole": whole,
        "signed": signed(value) if kind in ("number", "percent") and name in _SIGNED else "",
    }


def is_number(one: Cell) -> bool:
    return one["kind"] in ("number", "percent", "money")


def _share(name: str, row: Mapping[str, Any]) -> tuple[int | None, int | None]:
    pairs = [_SHARES[name]] if name in _SHARES else _PERCENTS if name == "percent" else ()
    for part, wholes in pairs:
        if all(isinstance(row.get(one), int) for one in (part, *wholes)):
            return row[part], sum(row[one] for one in wholes)
    return None, None


def _is_few(whole: int | None, row: Mapping[str, Any]) -> bool:
    return bool(row.get("low_n")) if whole is None else whole < FEW


def _kind(name: str, value: Any, row: Mapping[str, Any]) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "list"
    if isinstance(value, int | Decimal):
        return "percent" if name.endswith("percent") else "number"
    if name in LINKS:
        return "link"
    if row.get("currency") and name not in _NOT_MONEY and _MONEY.fullmatch(value):
        return "money"
    if _MOMENT.fullmatch(value):
        return "moment"
    return "day" if _DAY.fullmatch(value) else "text"
