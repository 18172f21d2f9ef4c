"""Styles, scripts and icons, served under a name that changes with their contents."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from services.console.headers import BASE

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_DIGITS = 12


class Asset(NamedTuple):
    """`packed`: the content by gzip."""

    address: str
    content: bytes
    packed: bytes
    media_type: str


@cache
def _assets() -> dict[str, Asset]:
    """Name -> the file."""
    found = {}
    for file in files("services.console").joinpath("static").iterdir():
        stem, _, ending = file.name.rpartition(".")
        if ending in _TYPES:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
            address = f"{BASE}/static/{stem}.{digest}.{ending}"
            packed = gzip.compress(content, mtime=0)
            found[file.name] = Asset(address, content, packed, _TYPES[ending])
    return found


def address_of(name: str) -> str:
    """`console.css` -> `/console/static/console.0a1b2c3d4e5f.css`. KeyError if there is none."""
    return _assets()[name].address


@cache
def served() -> dict[str, Asset]:
    """By address."""
    return {asset.address: asset for asset in _assets().values()}
