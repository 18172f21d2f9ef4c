"""Parses YAML or JSON into a plain tree of dicts, lists, strings, exact numbers, booleans and
nulls.

YAML is only composed, never constructed: scalars stay text until it is clear what they are, so that
0.1 stays exact, and anything that YAML 1.1 and 1.2 read differently (`no`, `0o17`, `1e3`,
`12:30:00`) is refused instead of guessed.
"""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation

import yaml

from shared.catalog.composition import Composer, TooLarge
from shared.catalog.place import MOST_FAULTS, UNUSABLE, pointer
from shared.catalog.positions import Position, Positions
from shared.values.faults import Fault

LARGEST = 256_000
MOST_VALUES = 20_000
DEEPEST = 20
LONGEST_KEY = 256
_DEEPEST_READ = 100
_LONGEST_SHOWN = 60
_NO_END = 2**63
_TOO_DEEP = "is nested too deeply"
_TOO_MANY = f"has more than {MOST_VALUES} values, counting each use of an alias"

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_OTHER_NUMBER = re.compile(r"[-+]?(0o[0-7]+|[0-9]+[eE][-+]?[0-9]+)")
_WORDS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "null": None,
    "~": None,
    "": None,
}
_AMBIGUOUS = (
    "means different things to different readers of YAML: write it out, or put it in quotes"
)
_PREFIX = "tag:yaml.org,2002:"


class Unreadable(Exception):
    """Neither YAML nor JSON: no fault in it has a path. `position`: of the fault, if known."""

    def __init__(self, reason: str, position: Position | None = None) -> None:
        super().__init__(reason)
        self.position = position


class _Pairs(list[tuple[str, object]]):
    """A JSON object whose keys have not been checked for duplicates yet."""


Read = tuple[object, list[Fault], Positions | None]
"""The tree, its faults, and where in the text its parts are (of YAML; programs write JSON)."""


def read_yaml(body: bytes) -> Read:
    text = _decoded(body)
    if "\r" in text:
        raise Unreadable("has CRLF line ends; save it with LF")
    most_nodes = 2 * MOST_VALUES  # keys are nodes too
    try:
        node = Composer(text, most_nodes, _DEEPEST_READ).document()
    except yaml.YAMLError as error:
        raise Unreadable(f"is not YAML: {_where(error)}", _place(error)) from error
    except TooLarge as error:
        raise Unreadable(_TOO_DEEP if str(error) == "depth" else _TOO_MANY) from error
    if node is None:
        raise Unreadable("is empty")
    return *_Tree(_yaml_value, MOST_VALUES).grow(node), Positions(node)


def read_json(body: bytes) -> Read:
    return *_read_json(_decoded(body), MOST_VALUES), None


def read_stored(body: bytes) -> tuple[object, list[Fault]]:
    """Parses a canonical document; being written out in full, it may be larger than the input
    was.
    """
    return _read_json(body.decode(), _NO_END)


def _read_json(text: str, most_values: int) -> tuple[object, list[Fault]]:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_number,
        )
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP) from error
    except ValueError as error:
        raise Unreadable(f"is not JSON: {error}") from error
    return _Tree(_json_value, most_values).grow(value)


def _decoded(body: bytes) -> str:
    if len(body) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 1000} kB")
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("begins with a byte order mark; save it as UTF-8 without one")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 at byte {error.start}") from error
    if not text.strip():
        raise Unreadable("is empty")
    return text


def _where(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or "a character that is not allowed"
    place = _place(error)
    return f"{problem} (line {place.line}, column {place.column})" if place else problem


def _place(error: yaml.YAMLError) -> Position | None:
    mark = getattr(error, "problem_mark", None)
    return Position(mark.line + 1, mark.column + 1) if mark else None


def _number(text: str) -> int | Decimal:
    """NaN represents a number that cannot be represented: the reader refuses it and names the
    place.
    """
    if len(text) <= 30 and _INTEGER.fullmatch(text):
        return int(text)
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


class _Branch:
    """A mapping or a sequence that has not been walked yet."""

    def __init__(
        self,
        pairs: Iterator[tuple[str, str | None, object]] | None = None,
        items: list[object] | None = None,
    ) -> None:
        self.pairs, self.items = pairs, items


class _Tree:
    """Walks a document once, by value: an alias costs as much as what it refers to, so an alias
    bomb hits the cap.
    """

    def __init__(self, understand: Callable[[object], object], most_values: int) -> None:
        self._understand = understand
        self._most_values = most_values
        self._faults: list[Fault] = []
        self._values = 0

    def grow(self, root: object) -> tuple[object, list[Fault]]:
        return self._value(root, "", 0), self._faults

    def _value(self, raw: object, path: str, depth: int) -> object:
        self._values += 1
        if self._values > self._most_values:
            raise Unreadable(_TOO_MANY)
        try:
            value = self._understand(raw)
        except ValueError as error:
            return self._fault(path, str(error))
        if not isinstance(value, _Branch):
            return value
        if depth == DEEPEST:
            return self._fault(path, f"is nested more than {DEEPEST} levels deep")
        if value.items is not None:
            return [
                self._value(item, pointer(path, index), depth + 1)
                for index, item in enumerate(value.items)
            ]
        return self._mapping(value, path, depth)

    def _mapping(self, branch: _Branch, path: str, depth: int) -> object:
        mapping: dict[str, object] = {}
        for key, fault, item in branch.pairs or ():
            if fault is not None:
                self._fault(pointer(path, key), fault)
            elif len(key) > LONGEST_KEY:
                self._fault(pointer(path, key), f"has a key of more than {LONGEST_KEY} characters")
            elif key in mapping:
                self._fault(pointer(path, key), "is given twice")
            else:
                mapping[key] = self._value(item, pointer(path, key), depth + 1)
        return mapping

    def _fault(self, path: str, reason: str) -> object:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(path, reason))
        return UNUSABLE


def _json_value(raw: object) -> object:
    if isinstance(raw, _Pairs):
        return _Branch(pairs=((key, None, value) for key, value in raw))
    return _Branch(items=raw) if isinstance(raw, list) else raw


def _yaml_value(node: object) -> object:
    match node:
        case yaml.ScalarNode():
            return _scalar(node)
        case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
            return _Branch(items=node.value)
        case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
            return _Branch(pairs=((*_key(key), value) for key, value in node.value))
        case _:
            raise ValueError("has a YAML tag, which is not supported")


def _key(node: yaml.Node) -> tuple[str, str | None]:
    """The key as text, and its fault if any."""
    if not isinstance(node, yaml.ScalarNode):
        return str(node.tag), "must be a plain text as key"
    text = str(node.value)
    if node.tag == _PREFIX + "merge":
        return text, "merge keys are not supported: write the keys out"
    try:
        value = _scalar(node)
    except ValueError as error:
        return text, str(error)
    return text, None if isinstance(value, str | int) and not isinstance(
        value, bool
    ) else "must be text as key: put it in quotes"


def _scalar(node: yaml.ScalarNode) -> object:
    kind, text = node.tag.removeprefix(_PREFIX), str(node.value)
    if kind == "str":
        if node.style is None and _OTHER_NUMBER.fullmatch(text):
            raise ValueError(f"{text[:_LONGEST_SHOWN]} {_AMBIGUOUS}")
        return text
    if kind in ("int", "float") and (_INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text)):
        return _number(text)
    if kind in ("bool", "null") and text in _WORDS:
        return _WORDS[text]
    if kind in ("int", "float", "bool", "timestamp", "value", "merge"):
        raise ValueError(f"{text[:_LONGEST_SHOWN]} {_AMBIGUOUS}")
    raise ValueError("has a YAML tag, which is not supported")
