"""Keys of machines: what they may do, when they were last used."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import of
from shared.security.rights import SCOPES


def body(name: str, scopes: Sequence[str], rate: str) -> dict[str, Any]:
    """What a form asks for; an empty rate is no limit. What is wrong with it, the API says."""
    made: dict[str, Any] = {"name": name.strip(), "scopes": list(scopes)}
    if rate.strip():
        made["rate"] = int(rate) if rate.strip().isdecimal() and len(rate) < 10 else rate.strip()
    return made


def view(answer: Mapping[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {"away": True, "rows": [], "scopes": SCOPES}
    rows = [{**one, "page": of("operations", "keys", one["name"])} for one in answer["data"]]
    return {"away": False, "rows": rows, "scopes": SCOPES}
