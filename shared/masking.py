"""Secrets and e-mail addresses taken out of a text, and texts cut so that both ends stay."""

import re

_WORKED_ON = 20_000
"""Characters of a text that are looked at; more is cut away first, so that a megabyte costs no more."""
_SECRET = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*+://[^\s:/@]*+):[^\s@/]*+@"  # a password inside a URL
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]+"
    r"|\b(?:pk|whsec|pat|plm)[_-][\w.-]{8,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*",  # a signed token
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![^\s@<>\"'(),:;=])[^\s@<>\"'(),:;=]++@[^\s@<>\"'(),:;=]+\.[^\s@<>\"'(),:;=]+")

_QUOTED = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*+(?:'|\Z)|"(?:[^"\\]|\\.)*+(?:"|\Z))""", re.DOTALL)
_DETAIL = re.compile(r"\n?\b(?:DETAIL|Failing row contains|input_value=)", re.DOTALL)


def without_values(text: str) -> str:
    """What a library says of a fault, without the value that it found it in: libraries put it in quotes, PostgreSQL into a detail."""
    known = text[:_WORKED_ON]
    detail = _DETAIL.search(known)
    return _QUOTED.sub("'***'", known[: detail.start()] if detail else known)


def masked(text: str, characters: int) -> str:
    """Without secrets and addresses, and at most so long. Masked before it is cut: half a password is still one."""
    return cut_in_the_middle(_masked(cut_in_the_middle(text, _WORKED_ON)), characters)


def cut_in_the_middle(text: str, characters: int) -> str:
    """At most so many characters: the beginning, how many are left out, and twice as much of the end."""
    if len(text) <= characters:
        return text
    gap = f" … {len(text) - characters} characters … "
    room = max(characters - len(gap), 0)
    return (text[: room // 3] + gap + text[len(text) - (room - room // 3) :])[:characters]


def _masked(text: str) -> str:
    return _ADDRESS.sub("***@***", _SECRET.sub(lambda match: f"{match['scheme']}:***@" if match["scheme"] else "***", text))
