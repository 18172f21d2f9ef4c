"""Addresses of lists: the whole state of a list is in its address. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

BASE = "/console"


def address(path: str, query: Mapping[str, Any] | None = None, **more: Any) -> str:
    """`/console/today?due=today`: what is empty is left out. `path` may have a query already."""
    given = {**(query or {}), **more}
    told = urlencode([(name, one) for name, one in given.items() if one not in (None, "")])
    return f"{path}{'&' if '?' in path else '?'}{told}" if told else path


def path_part(id: str) -> str:
    """An id as one part of a path: `a/b` is `a%2Fb`."""
    return quote(id, safe="")


def of(*parts: str) -> str:
    """`of("accounts", "a/b")` is `/console/accounts/a%2Fb`."""
    return "/".join([BASE, *map(path_part, parts)])


def is_ours(to: str) -> bool:
    """Whether it is an address of the console, and of no other place: `/console`, or what begins
    with `/console/` or `/console?`.
    """
    plain = to == BASE or to.startswith((f"{BASE}/", f"{BASE}?"))
    readable = "\\" not in to and to.isprintable() and not climbs(to)
    return plain and readable and not urlsplit(to).netloc


def climbs(to: str) -> bool:
    """Whether a browser would go up from there: `/console/../v1`, also with encoded dots."""
    return not {".", ".."}.isdisjoint(unquote(to.partition("?")[0]).split("/"))


def with_said(to: str, said: str) -> str:
    """The same address, which then announces what was done."""
    path, _, rest = to.partition("?")
    query = [one for one in rest.split("&") if one and not one.startswith("said=")]
    return f"{path}?{'&'.join([*query, f'said={said}'])}"
