"""Where messages go: what each channel's state is, and its settings with secrets masked."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import address, of
from services.console.views.operations_deliveries import PATH as DELIVERIES

TAGS = {"on": "good", "blocked": "act", "disabled": "act", "off": "unknown"}
SETTINGS = ("url", "from", "version", "token", "secret")


def view(
    found: Mapping[str, Any] | None,
    successes: Mapping[str, Mapping[str, Any] | None],
) -> dict[str, Any]:
    """`successes`: channel -> the newest delivery that arrived, as a list of one; None where that
    is not known.
    """
    rows = [] if found is None else found["data"]
    return {
        "away": found is None,
        "tags": TAGS,
        "rows": [_row(one, successes.get(one["name"])) for one in rows],
    }


def _row(one: Mapping[str, Any], success: Mapping[str, Any] | None) -> dict[str, Any]:
    arrived = [each["delivered_at"] for each in (success or {"data": ()})["data"]]
    return {
        **one,
        "page": of("operations", "channels", one["name"]),
        "deliveries": address(DELIVERIES, channel=one["name"]),
        "last_success": next(iter(arrived), None),
        "settings": [(name, one[name]) for name in SETTINGS if one.get(name)],
    }
