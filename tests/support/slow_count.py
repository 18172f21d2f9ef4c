"""Counts events slowly, without any code of ingest."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from aiokafka.structs import ConsumerRecord

from shared.values.periods import CALENDAR, NEVER, Grid, period_at
from tests.support.usage import METERS, Hour, Total

Body = Mapping[str, Any]


def distinct(records: Iterable[ConsumerRecord]) -> list[Body]:
    """The events in these records, each once."""
    found: dict[tuple[str, str, str], Body] = {}
    for record in records:
        body = json.loads(record.value)
        found.setdefault((body["subject"], body["source"], body["id"]), body)
    return list(found.values())


def totals_of(bodies: Iterable[Body], grids: Mapping[str, Grid]) -> dict[Total, Decimal]:
    """`grids`: the accounts' billing periods; else calendar months."""
    seen: dict[Total, list[tuple[datetime, Any]]] = defaultdict(list)
    for account, meter, time, value in _readings(bodies):
        is_gauge = METERS[meter]["reset"] == "never"
        start = NEVER if is_gauge else period_at(grids.get(account, CALENDAR), time).start
        seen[account, meter, start].append((time, value))
    return {place: Decimal(_sum(place[1], values)) for place, values in seen.items()}


def hours_of(bodies: Iterable[Body]) -> dict[Hour, Decimal]:
    """Of all meters but those that count members: what is new in an hour depends on periods."""
    seen: dict[Hour, list[tuple[datetime, Any]]] = defaultdict(list)
    for account, meter, time, value in _readings(bodies):
        if METERS[meter]["aggregation"] != "unique":
            seen[account, meter, int(time.timestamp()) // 3600].append((time, value))
    return {place: Decimal(_sum(place[1], values)) for place, values in seen.items()}


def _readings(bodies: Iterable[Body]) -> Iterable[tuple[str, str, datetime, Any]]:
    for body in bodies:
        data = body.get("data", {})
        for name, meter in METERS.items():
            if meter["event"] == body["type"]:
                is_corrected = "correction" in data
                if is_corrected and meter["aggregation"] not in ("count", "sum"):
                    continue
                field = meter.get("value", "count")
                value = data[field] if is_corrected or "value" in meter else 1
                yield body["subject"], name, datetime.fromisoformat(body["time"]), value


def _sum(meter: str, values: list[tuple[datetime, Any]]) -> int:
    match METERS[meter]["aggregation"]:
        case "count" | "sum":
            return int(sum(value for _, value in values))
        case "max":
            return int(max(value for _, value in values))
        case "unique":
            return len({value for _, value in values})
    return int(max(values)[1])
