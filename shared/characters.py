"""Which characters a name or an identifier may hold: all but control characters and halves of surrogate pairs."""

import re

_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether every store and channel can carry it on one line. Spaces of all scripts and joined emoji are among what they carry."""
    return text.isprintable() or _REFUSED.search(text) is None
