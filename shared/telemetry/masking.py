"""Removes secrets and e-mail addresses from a text, and shortens texts so that both ends stay."""

import re

_WORKED_ON = 20_000
"""How many characters of a text are scanned; the rest is cut first, so that a megabyte costs no
more.
"""
_SECRET = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*+://[^\s:/@]*+):[^\s@/]*+@"  # a password inside a URL
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]+"
    r"|\b(?:pk|whsec|pat|plm)[_-][\w.-]{8,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*",  # a signed token
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?<![^\s@<>\"'(),:;=])[^\s@<>\"'(),:;=]++@[^\s@<>\"'(),:;=]+\.[^\s@<>\"'(),:;=]+"
)

_QUOTED = re.compile(
    r"""(?<!\w)(?:'(?:[^'\\]|\\.)*+(?:'|\Z)|"(?:[^"\\]|\\.)*+(?:"|\Z))""", re.DOTALL
)
_DETAIL = re.compile(r"\n?\b(?:DETAIL|Failing row contains|input_value=)", re.DOTALL)


def without_values(text: str) -> str:
    """A library's error message without the offending value: libraries quote it, PostgreSQL puts it
    into a DETAIL line.
    """
    known = text[:_WORKED_ON]
    detail = _DETAIL.search(known)
    return _QUOTED.sub("'***'", known[: detail.start()] if detail else known)


def masked(text: str, characters: int) -> str:
    """Masks secrets and addresses, then cuts to `characters`. In that order: half a password is
    still a secret.
    """
    return cut_in_the_middle(_masked(cut_in_the_middle(text, _WORKED_ON)), characters)


def cut_in_the_middle(text: str, characters: int) -> str:
    """At most `characters`: the beginning, the number left out, and twice as much of the end."""
    if len(text) <= characters:
        return text
    gap = f" … {len(text) - characters} characters … "
    room = max(characters - len(gap), 0)
    return (text[: room // 3] + gap + text[len(text) - (room - room // 3) :])[:characters]


def _masked(text: str) -> str:
    return _ADDRESS.sub(
        "***@***",
        _SECRET.sub(lambda match: f"{match['scheme']}:***@" if match["scheme"] else "***", text),
    )
