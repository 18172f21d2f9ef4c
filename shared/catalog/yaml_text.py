"""Writes a catalogue's document as YAML that people read and edit, in one linear pass.

`parse_catalog(yaml_text(catalog_document(catalog)), "application/yaml")` is the same catalogue
again. Comments are not part of a catalogue; whoever has the text as it was applied shows that.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from shared.values.quantities import plain

_WIDEST = 90
"""Columns that a mapping or list may take on one line."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""What some reader of YAML takes for something else than text, in lower case."""
_UNSAFE = re.compile(
    "[^ -~\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Characters that YAML does not allow as they are, and those that it reads as the end of a line."""


def yaml_text(document: Mapping[str, object]) -> str:
    return "".join(f"{line}\n" for line in _mapping(document, ""))


def _mapping(tree: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, value in tree.items():
        head = f"{indent}{_text(key)}:"
        short = _on_one_line(value, _WIDEST - len(head))
        if short is not None:
            yield f"{head} {short}"
            continue
        yield head
        yield from _block(value, indent + "  ")


def _block(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _mapping(value, indent)
        return
    assert isinstance(value, Sequence)
    for item in value:
        short = _on_one_line(item, _WIDEST - len(indent) - 2)
        if short is not None:
            yield f"{indent}- {short}"
            continue
        first, *rest = _block(item, indent + "  ")
        yield f"{indent}- {first.removeprefix(indent + '  ')}"
        yield from rest


def _on_one_line(value: object, room: int) -> str | None:
    """None for what is written as a block: it is nested, or too long for one line."""
    if isinstance(value, Mapping):
        parts = [
            None if (short := _leaf(one)) is None else f"{_text(key)}: {short}"
            for key, one in value.items()
        ]
        brackets = "{}"
    elif isinstance(value, list | tuple):
        parts, brackets = [_leaf(one) for one in value], "[]"
    else:
        return _leaf(value)
    if None in parts:
        return None
    text = ", ".join(part for part in parts if part is not None)
    return f"{brackets[0]}{text}{brackets[1]}" if len(text) + 2 <= room or not parts else None


def _leaf(value: object) -> str | None:
    """None for what has parts of its own."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | Decimal):
        return plain(Decimal(value))
    return ("{}" if isinstance(value, Mapping) else "[]") if not value else None


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNSAFE.sub(_escaped, quoted)}"'


def _escaped(found: re.Match[str]) -> str:
    return f"\\U{ord(found[0]):08x}"
