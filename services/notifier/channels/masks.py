"""Secrets as they are shown, and a mask that is sent back: what is stored stays. Pure.

Only for the host that it was stored for: whoever may change an address must not learn a secret by
having it sent to a place of their own.
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit, urlunsplit

MASK = "***"


class StillMasked(ValueError):
    """`field`: has a mask, and nothing that it could stand for."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__("is masked, and nothing is stored for this host: send the secret itself")


def masked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=f"{_user(parts)}:{MASK}@{_host(parts)}"))


def unmasked(
    given: Mapping[str, object], masked: tuple[str, ...], before: Mapping[str, object] | None
) -> dict[str, object]:
    """The fields of `given` that were sent as masks, as they are stored. `before`: all that is
    stored; None if nothing is. Raises StillMasked.
    """
    url = urlsplit(str(given.get("url", "")))
    known = urlsplit(str((before or {}).get("url", "")))
    is_same = bool(url.hostname) and url.hostname == known.hostname
    found = dict[str, object]()
    for name in masked:
        if given.get(name) == MASK:
            if before is None or not is_same or not before.get(name):
                raise StillMasked(name)
            found[name] = before[name]
    if url.password == MASK:
        if not is_same or known.password is None or _user(url) != _user(known):
            raise StillMasked("url")
        credentials = known.netloc.rpartition("@")[0]
        found["url"] = urlunsplit(url._replace(netloc=f"{credentials}@{_host(url)}"))
    return found


def _user(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[0].partition(":")[0]


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
