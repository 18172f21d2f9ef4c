"""Messages on their way: which arrived, which wait, which were given up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.console.addresses import address, of
from services.console.form_values import Typed

PATH = "/console/operations/deliveries"
COUNTED = 10_000
TAGS = {
    "dead": "act",
    "unknown": "watch",
    "retrying": "watch",
    "queued": "unknown",
    "sending": "unknown",
    "delivered": "good",
    "cancelled": "unknown",
    "suppressed": "unknown",
}
FILTERS = ("state", "channel", "account")


def wanted(query: Mapping[str, str]) -> Typed:
    return Typed({name: query.get(name, "").strip()[:256] for name in FILTERS})


def moment(typed: str, time_zone: str) -> str:
    """A time as a field of a form has it, in the reader's zone. What is none stays as it is: the
    API says so.
    """
    try:
        at = datetime.fromisoformat(typed.strip())
    except ValueError:
        return typed.strip()
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(time_zone))).isoformat()


def view(
    asked: Typed,
    found: Mapping[str, Any] | None,
    channels: Mapping[str, Any] | None,
    *,
    operates: bool,
    since: str = "",
    recoverable: int | None = None,
    recovered: str = "",
) -> dict[str, Any]:
    """`since`, `recoverable`: how many would be retried since then. `recovered`: of the query: how
    many were.
    """
    following = found and found["next_cursor"]
    return {
        "asked": asked,
        "is_filtered": any(asked.values()),
        "states": list(TAGS),
        "tags": TAGS,
        "channels": [one["name"] for one in (channels or {"data": ()})["data"]],
        "away": found is None,
        "rows": [
            {**one, "href": of("operations", "deliveries", one["id"])}
            for one in (found or {"data": ()})["data"]
        ],
        "next": address(PATH, asked, cursor=following) if following else "",
        "total": (found or {}).get("total", 0),
        "more": (found or {}).get("total", 0) > COUNTED,
        "operates": operates,
        "since": since,
        "recoverable": recoverable,
        "recovered": recovered if recovered.isascii() and recovered.isdecimal() else "",
    }
