"""The product's brand: the name, logo and colour that customers know, used in the header and button
of mails.
"""

import re

from shared.catalog.names import read_name
from shared.catalog.place import LONGEST_TEXT, Place
from shared.catalog.types import Brand
from shared.values.colors import COLOR

_ADDRESS = re.compile(
    r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/[!#-&(-;=?-\[\]_a-z~]*"
)
"""A host and a path in printable ASCII, without quotes, angle brackets and backslashes."""


def read_brand(place: Place) -> Brand:
    fields = place.fields(required=("name",), optional=("logo", "color"))
    if "name" not in fields:
        return Brand(read_name(place.at("name", "-")))
    return Brand(
        read_name(fields["name"]),
        fields["logo"].reading(_logo, None) if "logo" in fields else None,
        fields["color"].reading(_color, None) if "color" in fields else None,
    )


def _logo(raw: object) -> str:
    """Requires https: mail clients show neither images fetched over http nor inline data."""
    if isinstance(raw, str) and len(raw) <= LONGEST_TEXT and _ADDRESS.fullmatch(raw):
        return raw
    raise ValueError("must be an address such as https://www.example.com/logo.png")


def _color(raw: object) -> str:
    if isinstance(raw, str) and COLOR.fullmatch(raw.lower()):
        return raw.lower()
    raise ValueError('must be six hexadecimal digits after a #, in quotes: "#0b57d0"')
