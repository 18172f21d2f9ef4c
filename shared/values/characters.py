"""Which characters a name may contain (all but control characters and surrogate halves), and how it
is displayed. Pure.
"""

import re
import unicodedata

_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]+")
_ISOLATED, _END = "\u2068", "\u2069"


def is_storable(text: str) -> bool:
    """Whether every store and channel can carry it on one line. Spaces of any script and joined
    emoji are fine.
    """
    return text.isprintable() or _REFUSED.search(text) is None


def one_line(text: str) -> str:
    """What could break a line is a space. All else stays, wide spaces and joined emoji too."""
    return _BREAKS.sub(" ", text)


def undirected(text: str) -> str:
    """One line without characters that change the text direction."""
    return one_line(_DIRECTIONS.sub("", text))


def shown(name: str) -> str:
    """A name for use in a sentence: it can neither start a new line nor change the direction of the
    text around it.
    """
    if name.isascii() and name.isprintable():
        return name
    line = undirected(name)
    return (
        f"{_ISOLATED}{line}{_END}"
        if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line)
        else line
    )
