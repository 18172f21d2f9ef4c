"""A webhook's body: `{"type": kind, "timestamp", "data"}`. Equal in all attempts."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from typing_extensions import TypedDict

from services.notifier.channels.base import Claimed
from shared.answers import ThresholdShown
from shared.messages import Facts
from shared.messages.facts import AbsoluteThreshold, ThresholdFacts
from shared.values.moments import iso
from shared.values.quantities import dumps, json_number


def body(delivery: Claimed) -> bytes:
    return dumps(
        {"type": delivery.kind, "timestamp": iso(delivery.created_at), "data": _data(delivery)}
    )


def test_body(now: datetime) -> bytes:
    return dumps({"type": "channel.test", "timestamp": iso(now), "data": {}})


def _data(delivery: Claimed) -> Mapping[str, Any]:
    """The alert as `GET /v1/alerts` shows it; without an alert, the same fields as far as known. A
    deal or a task as `GET` showed it when its entry was written.
    """
    if (changed := delivery.facts.changed) is not None:
        told: Mapping[str, Any] = changed["data"]
        return told
    if delivery.alert_row is not None:
        return alert_view(delivery.alert_row)
    facts = delivery.facts.read()
    return {
        "id": None,
        "account": delivery.account,
        "meter": None if facts.meter is None else facts.meter.id,
        "threshold": threshold_view(facts.threshold),
        "used": None if facts.meter is None else number(facts.used),
        "limit": number(facts.limit),
        "percent": facts.percent,
        **proposed(delivery.proposes, _add_on(facts)),
    }


class Proposed(TypedDict):
    proposes: str | None
    proposes_add_on: str | None


def proposed(offered: str | None, add_on: str | None) -> Proposed:
    """What a message offers: a plan, or an add-on. `add_on`: the one in the message's facts."""
    is_add_on = offered is not None and offered == add_on
    return {
        "proposes": None if is_add_on else offered,
        "proposes_add_on": offered if is_add_on else None,
    }


def _add_on(facts: Facts) -> str | None:
    add_on = None if facts.proposal is None else facts.proposal.add_on
    return None if add_on is None else add_on.id


def alert_view(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "account": row["account"],
        "meter": row["meter"],
        "threshold": _threshold_of_key(row["threshold"]),
        "epoch": row["epoch"],
        "state": row["state"],
        "resolution": row["resolution"],
        "again": row["again"],
        "used": number(row["used"]),
        "limit": number(row["limit"]),
        "percent": row["percent"],
        "reached_at": iso(row["reached_at"]),
        "resolved_at": iso(row["resolved_at"]),
        "notified": row["notified"],
        "decision": row["decision"],
    }


def _threshold_of_key(key: str) -> Any:
    """`95`, `at:9000000000`, or `per_hour:500`."""
    kind, _, amount = key.partition(":")
    return {kind: number(amount)} if amount else int(key)


def threshold_view(threshold: ThresholdFacts | None) -> ThresholdShown | None:
    """A percentage stays one; an amount becomes a number."""
    if isinstance(threshold, AbsoluteThreshold) and threshold.per_hour:
        return {"per_hour": json_number(Decimal(threshold.per_hour))}
    if isinstance(threshold, AbsoluteThreshold):
        return {"at": json_number(Decimal(threshold.at))}
    return threshold


def number(amount: Any) -> int | Decimal | None:
    return None if amount is None else json_number(Decimal(amount))
