"""A catalogue's links: URLs with placeholders for the account, the plan and the meter."""

import string
from urllib.parse import urlsplit

from shared.catalog.place import Place, hint

VARIABLES = ("account", "plan", "meter", "add_on")


def read_links(place: Place) -> dict[str, str]:
    """Link names to URLs: `upgrade`, `usage`, `add_on`, and any others that a product shows."""
    return {name: item.reading(_link, "") for name, item in place.entries().items()}


def _link(raw: object) -> str:
    if not isinstance(raw, str) or not raw.isprintable() or " " in raw:
        raise ValueError(
            "must be an address, such as https://app.example.com/billing?account={account}"
        )
    try:
        places = [place for place in string.Formatter().parse(raw) if place[1] is not None]
        parts = urlsplit(raw)
    except ValueError as error:
        raise ValueError(
            "must be an address, optionally with {account}, {plan} or {meter}"
        ) from error
    for _, name, spec, conversion in places:
        if name not in VARIABLES:
            raise ValueError(f"unknown variable {{{name}}}{hint(str(name), VARIABLES)}")
        if spec or conversion:
            raise ValueError(f"must have {{{name}}} alone, without ! or : after the name")
    if not (parts.scheme in ("http", "https") and parts.hostname) and not (
        raw.startswith("/") and not parts.netloc
    ):
        raise ValueError("must begin with https://, http:// or /")
    return raw
