"""Our people in a list. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import address, of
from shared.security.rights import ROLES

PATH = "/console/operations/people"


def asked(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of the address that there are."""
    role, active = query.get("role", ""), query.get("active", "")
    return {
        "role": role if role in ROLES else "",
        "active": active if active in ("true", "false") else "",
    }


def view(
    wanted: Mapping[str, str], found: Mapping[str, Any], sessions: Mapping[str, int] | None
) -> dict[str, Any]:
    """`sessions`: how many each person has; None for those who may not see them."""
    people: Sequence[Mapping[str, Any]] = found["data"]
    following = found.get("next_cursor")
    return {
        "wanted": wanted,
        "roles": ROLES,
        "people": [{**one, "href": of("operations", "people", one["id"])} for one in people],
        "sessions": sessions,
        "next": address(PATH, wanted, cursor=following) if following else "",
        "is_filtered": any(wanted.values()),
        "csv": address(PATH, wanted, format="csv"),
    }
