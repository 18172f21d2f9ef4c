"""Records that could not be used: counted by reason, and listed."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import address, of
from services.console.form_values import Typed

PATH = "/console/operations/rejected"
COUNTED = 10_000
SERVICES = ("ingest", "trigger", "notifier")
STATES = ("open", "replayed", "dismissed", "all")
TAGS = {"open": "act", "replayed": "good", "dismissed": "unknown"}
_BRIEF = 120


def wanted(query: Mapping[str, str]) -> Typed:
    """`state` is `open` unless another is asked for."""
    state, service = query.get("state", ""), query.get("service", "")
    return Typed(
        state=state if state in STATES else "open",
        service=service if service in SERVICES else "",
        reason=query.get("reason", "").strip()[:2_000],
    )


def api_query(asked: Mapping[str, str]) -> dict[str, str]:
    """What the API is asked; every state where all are wanted."""
    return {**asked, "state": "" if asked["state"] == "all" else asked["state"]}


def reasons_query(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: one for name, one in api_query(asked).items() if name != "reason"}


def view(
    asked: Typed,
    reasons: Mapping[str, Any] | None,
    records: Mapping[str, Any] | None,
    done: Mapping[str, str],
    matched: int | None,
    *,
    operates: bool,
) -> dict[str, Any]:
    """`matched`: how many would be sent again, where that was asked. `done`: of the query: how many
    were. `operates`: whether the reader may change anything.
    """
    counts = [] if reasons is None else reasons["data"]
    following = records and records["next_cursor"]
    return {
        "asked": asked,
        "is_filtered": bool(asked["service"] or asked["reason"] or asked["state"] != "open"),
        "services": SERVICES,
        "states": STATES,
        "tags": TAGS,
        "reasons_away": reasons is None,
        "reasons": [_reason(one, asked, operates=operates) for one in counts],
        "away": records is None,
        "rows": [_row(one) for one in (records or {"data": ()})["data"]],
        "next": address(PATH, asked, cursor=following) if following else "",
        "total": (records or {}).get("total", 0),
        "more": (records or {}).get("total", 0) > COUNTED,
        "matched": matched,
        "replayed": _number(done.get("replayed", "")),
        "refused": _number(done.get("refused", "")),
    }


def latest(reasons: Mapping[str, Any] | None) -> str:
    """When the last record was rejected; empty if none ever was."""
    return max((one["last"] for one in (reasons or {"data": ()})["data"]), default="")


def _reason(one: Mapping[str, Any], asked: Typed, *, operates: bool) -> dict[str, Any]:
    narrowed = {**asked, "service": one["service"], "reason": one["reason"]}
    replay = address(PATH, narrowed, replay="count") if operates and one["open"] else ""
    return {**one, "href": address(PATH, narrowed), "replay": replay}


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    reason = one["reason"]
    brief = reason if len(reason) <= _BRIEF else f"{reason[:_BRIEF]}…"
    return {**one, "brief": brief, "href": of("operations", "rejected", one["id"])}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
