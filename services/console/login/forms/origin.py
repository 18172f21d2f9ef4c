"""Whether a form was sent by a page of ours. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_ours(headers: Mapping[str, str], public_url: str | None) -> bool:
    """By what the browser says of where the request comes from; one that says neither is refused.

    `headers`: names in lower case. Several names lead to one installation (`localhost`,
    `127.0.0.1`), so the request's own host counts as much as the public address.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is None or not host:
        return False
    public = urlsplit(public_url or "")
    known = {f"{scheme}://{host}" for scheme in ("http", "https")}
    return origin in known or (
        bool(public.netloc) and origin == f"{public.scheme}://{public.netloc}"
    )
