"""Addresses that people open in a browser."""

import re
from typing import Any

LONGEST = 2_000
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\[][^\s\"'<>\\^`{|}]*|/(?!/)[^\s\"'<>\\^`{|}]*")


def read_address(raw: Any) -> str:
    """No other scheme than the web's; a path is one of the own site. Else a ValueError."""
    if (
        isinstance(raw, str)
        and len(raw) <= LONGEST
        and raw.isprintable()
        and _ADDRESS.fullmatch(raw)
    ):
        return raw
    raise ValueError("must be an address, such as https://www.example.com/demo")
