"""The address under which a browser has the console open, and its cookies there. Pure."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.runtime.setting_values import is_loopback


@dataclass(frozen=True, slots=True)
class Place:
    """`base`: `https://host:port`. `moved`: the public address is another one."""

    base: str
    is_tls: bool
    is_local: bool
    moved: bool

    @property
    def guarded(self) -> bool:
        """Whether browsers keep a cookie for it that nobody on the way can read."""
        return self.is_tls or self.is_local

    @property
    def secure(self) -> bool:
        return self.is_tls or not self.is_local

    @property
    def session_cookie(self) -> str:
        """With `__Host-` no other host of the same domain can set it."""
        return "__Host-plimsoll" if self.secure else "plimsoll"

    def attempt_cookie(self, state: str) -> str:
        """One per log-in, so that two tabs may log in at once."""
        return self.attempt_cookies + hashlib.sha256(state.encode()).hexdigest()[:12]

    @property
    def attempt_cookies(self) -> str:
        """What the names of all of them begin with."""
        return f"{self.session_cookie}-login-"


def place_of(scheme: str, host: str, public_url: str | None) -> Place:
    """`scheme` and `host` are those of the request. TLS may end at a gateway: then only the public
    address knows it.
    """
    public = urlsplit(public_url or "")
    moved = bool(public.netloc) and public.netloc != host
    if public.netloc and not moved:
        scheme = public.scheme
    name = urlsplit(f"//{host}").hostname or "" if _is_host(host) else ""
    return Place(f"{scheme}://{host}", scheme == "https", is_loopback(name), moved)


def _is_host(host: str) -> bool:
    try:
        _ = urlsplit(f"//{host}").port
    except ValueError:
        return False
    return True
