"""One record that could not be used: what it was, why, and what becomes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import of
from services.console.form_values import Typed
from services.console.views.operations_rejected import TAGS
from shared.values.faults import Fault


def corrected(sent: str, kept: str | None) -> dict[str, str] | None:
    """The body of a replay: None if the payload is sent as it was. Browsers end lines otherwise."""
    text = _lines(sent)
    return None if text == _lines(kept or "") else {"payload": text}


def whole(record: Mapping[str, Any]) -> str | None:
    """What was sent, to be corrected: of a record in binary mode with its attributes."""
    found: str | None = record["event"] or record["payload"]
    return found


def troubles(faults: Sequence[Fault]) -> list[tuple[str, str]]:
    """(form field, reason): what is wrong inside the payload stands at the payload, with its
    place.
    """
    return [_trouble(one) for one in faults]


def view(record: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    kept = whole(record) or ""
    again = record["replayed_as"]
    return {
        "record": record,
        "path": of("operations", "rejected", record["id"]),
        "tag": TAGS[record["state"]],
        "payload": typed.get("payload", kept),
        "typed": typed,
        "base64": record.get("payload_base64"),
        "headers": sorted((record["headers"] or {}).items()),
        "accounts": [(one, of("accounts", one)) for one in record["accounts"]],
        "replayed_as": of("operations", "rejected", again) if again else "",
        "is_open": record["state"] != "replayed",
    }


def _trouble(one: Fault) -> tuple[str, str]:
    path = one.path.strip("/")
    below = path.removeprefix("payload")
    if path.startswith("payload") and below:
        return "payload", f"{below}: {one.reason}"
    return path, one.reason


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").removeprefix("\n")
