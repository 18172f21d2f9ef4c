"""Names as they are searched: width, case, kana, accents and what companies append do not matter.
Pure.
"""

import re
import unicodedata

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


def pattern(folded: str) -> str:
    """For `like`: anywhere."""
    escaped = re.sub(r"([\\%_])", r"\\\1", folded)
    return f"%{escaped}%"
