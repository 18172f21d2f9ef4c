"""Pages by gzip, for those who take it (docs/decisions/0046-pages-are-packed.md)."""

import gzip
import secrets
from io import BytesIO

from fastapi import Request
from fastapi.responses import Response

_LEAST = 1_000
"""Bytes of a page; what is shorter fits into one packet as it is."""
_LEVEL = 6
_PADDING = 100
"""Less than so many bytes of any length are added, so that the length of a page does not tell what
is in it.
"""
_OURS = (None, "same-origin", "none")
"""By `Sec-Fetch-Site`: a page of ours asks, or the reader does. Another site may have put something
into the address to see how long the page becomes.
"""
_VARY = "Accept-Encoding, Sec-Fetch-Site"


def pack(request: Request, response: Response) -> None:
    """Changes `response` if it is a page; files and streams are left as they are."""
    headers = response.headers
    if not headers.get("content-type", "").startswith("text/html"):
        return
    headers.add_vary_header(_VARY)
    content = getattr(response, "body", b"")
    if len(content) < _LEAST or "content-encoding" in headers or not _may(request):
        return
    response.body = gzipped(content)
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(response.body))


def gzipped(content: bytes) -> bytes:
    """Of another length each time: a name of random length is in the header of what is packed."""
    packed = BytesIO()
    name = "p" * secrets.randbelow(_PADDING)
    with gzip.GzipFile(name, "wb", _LEVEL, packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def takes_gzip(accepted: str) -> bool:
    """`gzip;q=0` refuses it."""
    for one in accepted.lower().split(","):
        name, _, quality = one.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _may(request: Request) -> bool:
    asked = request.headers
    return takes_gzip(asked.get("accept-encoding", "")) and asked.get("sec-fetch-site") in _OURS
