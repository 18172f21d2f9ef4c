"""Whether a form was sent by a page of ours. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_ours(headers: Mapping[str, str], public_url: str | None) -> bool:
    """By what the browser says of where the request comes from; one that says neither is refused,
    and so is one that names a foreign origin, whatever else it says.

    `headers`: names in lower case. Several names lead to one installation (`localhost`,
    `127.0.0.1`), so the request's own host counts as much as the public address.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None or (site is not None and origin == "null"):
        return site is not None
    return _is_known(origin, headers.get("host", ""), public_url)


def _is_known(origin: str, host: str, public_url: str | None) -> bool:
    public = urlsplit(public_url or "")
    known = {f"{scheme}://{host}" for scheme in ("http", "https")} if host else set()
    return origin in known or (
        bool(public.netloc) and origin == f"{public.scheme}://{public.netloc}"
    )
