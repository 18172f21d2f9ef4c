"""Names as they are searched: width, case, kana, accents and what companies append do not matter.
Pure.
"""

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher

_ALIKE = 0.7
"""From here on two names are taken for one with a slip: `kitsume` and `kitsune` have 0.86."""
_HIRAGANA = {one: one - 0x60 for one in range(0x30A1, 0x30F7)}
_JAPANESE = re.compile(
    r"株式会社|有限会社|合同会社|合名会社|合資会社|一般社団法人|一般財団法人|\((?:株|有|同|名|資|社|財)\)"
)
_WESTERN = re.compile(
    r"(?:[\s,.]+(?:inc|incorporated|ltd|limited|co|company|corp|corporation|llc|llp|plc|gmbh|ag"
    r"|kk|k\.k|pty|pte|sa|s\.a|srl|bv|b\.v|nv|oy|ab|aps))+\.?\s*$"
)


def fold(name: str) -> str:
    """Letters and digits only; katakana as hiragana, a company without its legal form. A name of
    nothing else is kept as it is, without spaces.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    short = _WESTERN.sub("", _JAPANESE.sub(" ", text))
    return _letters(short) or _letters(text) or "".join(text.split())


def _letters(text: str) -> str:
    kept = "".join(_plain(one) for one in text if one.isalnum() or unicodedata.combining(one))
    return kept.translate(_HIRAGANA)


def _plain(letter: str) -> str:
    """Without its accent if it is a Latin one; `が` is not `か`."""
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def halves(folded: str) -> list[str]:
    """What a name that was typed with one slip still has: its first or its second half. None of
    what is too short to tell names apart.
    """
    middle = len(folded) // 2
    found = (folded[:middle], folded[middle:])
    return [one for one in found if len(one) > 1]


def nearest(folded: str, names: Mapping[str, str], most: int) -> list[str]:
    """The keys of the names (folded) that are spelled most like it, best first. A name that it may
    be the beginning of counts as that beginning.
    """
    told = {key: _likeness(folded, name) for key, name in names.items()}
    alike = [key for key, likeness in told.items() if likeness >= _ALIKE]
    return sorted(alike, key=lambda key: (-told[key], names[key], key))[:most]


def _likeness(folded: str, name: str) -> float:
    """From 0 to 1."""
    ends = {len(name), *range(len(folded) - 1, len(folded) + 2)}
    return max(SequenceMatcher(None, folded, name[:end]).ratio() for end in ends)


def pattern(folded: str) -> str:
    """For `like`: anywhere."""
    escaped = re.sub(r"([\\%_])", r"\\\1", folded)
    return f"%{escaped}%"
