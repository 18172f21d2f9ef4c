"""Where deploy/gateway.conf routes a path, by nginx's rules for locations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LOCATION = re.compile(
    r"^\s*location\s+(?:(=|\^~|~)\s+)?(/\S*|\^\S+)\s*\{(.*?)\}", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Location:
    """`sort`: `=` an exact path, `^~` a prefix that overrides expressions, `~` an expression, "" a
    prefix.
    """

    sort: str
    pattern: str
    body: str

    @property
    def upstream(self) -> str | None:
        found = re.search(r"proxy_pass http://(\w+)", self.body)
        return found[1] if found else None


def read_locations(conf: Path) -> list[Location]:
    return [Location(*found) for found in _LOCATION.findall(conf.read_text(encoding="utf-8"))]


def chosen(locations: Sequence[Location], path: str) -> Location:
    """Raises LookupError if none matches."""
    for location in locations:
        if location.sort == "=" and location.pattern == path:
            return location
    beginnings = [
        location
        for location in locations
        if location.sort in ("", "^~") and path.startswith(location.pattern)
    ]
    longest = max(beginnings, key=lambda location: len(location.pattern), default=None)
    if longest is None or longest.sort == "":
        for location in locations:
            if location.sort == "~" and re.search(location.pattern, path):
                return location
    if longest is None:
        raise LookupError(path)
    return longest
