"""Which roles a provider's token gives. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.security.rights import ROLES

_MOST = 1_000


def claimed(
    claims: Mapping[str, Any], path: str, names: Mapping[str, str] | None
) -> frozenset[str] | None:
    """The roles of the claim; None if the token does not carry it, and then the record's hold.

    `path`: the claim's name, or the way to it (`realm_access.roles`). `names`: what the provider
    calls a role -> role; without it the claim's values are the roles. Others are left out.
    """
    there, found = _at(claims, path)
    if not there:
        return None
    told = [one for one in _values(found) if isinstance(one, str)]
    known: Mapping[str, str] = {name: name for name in ROLES} if names is None else names
    return frozenset(known[one] for one in told if one in known)


def _at(claims: Mapping[str, Any], path: str) -> tuple[bool, Any]:
    """A name may hold dots itself, as those that begin with `https://` do."""
    if path in claims:
        return True, claims[path]
    found: Any = claims
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return False, None
        found = found[name]
    return True, found


def _values(found: Any) -> Iterable[Any]:
    return found[:_MOST] if isinstance(found, list) else (found,)
