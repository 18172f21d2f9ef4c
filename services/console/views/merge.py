"""Two people changed the same text: what only one of them touched is taken from both. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_COMPARED = 4_000_000
"""Pairs of lines that are compared at most, after what is the same at both ends."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines that both changed."""

    before: str
    yours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """`text`: has yours where both changed the same lines, which are in `conflicts`."""

    text: str
    conflicts: tuple[Conflict, ...]


def merge(before: str, yours: str, theirs: str) -> Merged:
    """By lines. What is too large to be compared is one conflict."""
    texts = [text.splitlines(keepends=True) for text in (before, yours, theirs)]
    head = _same(texts)
    tail = _same([list(reversed(lines[head:])) for lines in texts])
    base, ours, others = (lines[head : len(lines) - tail] for lines in texts)
    kept, conflicts = list[str](texts[0][:head]), list[Conflict]()
    for part in _parts(base, ours, others):
        if isinstance(part, Conflict):
            conflicts.append(part)
            kept.append(part.yours)
        else:
            kept.extend(part)
    kept.extend(texts[0][len(texts[0]) - tail :])
    return Merged("".join(kept), tuple(conflicts))


def _same(texts: Sequence[Sequence[str]]) -> int:
    """How many lines all three begin with."""
    count = 0
    for one, *others in zip(*texts, strict=False):
        if any(line != one for line in others):
            break
        count += 1
    return count


def _parts(
    base: Sequence[str], ours: Sequence[str], others: Sequence[str]
) -> Iterator[Sequence[str] | Conflict]:
    at, mine, their = 0, 0, 0
    for first, last, our_first, other_first in _in_common(base, ours, others):
        before, own, other = base[at:first], ours[mine:our_first], others[their:other_first]
        yield _decided(before, own, other)
        yield base[first:last]
        length = last - first
        at, mine, their = last, our_first + length, other_first + length


def _decided(
    before: Sequence[str], yours: Sequence[str], theirs: Sequence[str]
) -> Sequence[str] | Conflict:
    if yours == before:
        return theirs
    if theirs in (before, yours):
        return yours
    return Conflict("".join(before), "".join(yours), "".join(theirs))


def _in_common(
    base: Sequence[str], ours: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of `base` that both still have, and where; an empty one at the end."""
    end = (len(base), len(base), len(ours), len(others))
    if len(base) * max(len(ours), len(others)) > MOST_COMPARED:
        yield end
        return
    pairs = [
        [one for one in SequenceMatcher(None, base, text, False).get_matching_blocks() if one.size]
        for text in (ours, others)
    ]
    mine = their = 0
    while mine < len(pairs[0]) and their < len(pairs[1]):
        one, other = pairs[0][mine], pairs[1][their]
        first, last = max(one.a, other.a), min(one.a + one.size, other.a + other.size)
        if first < last:
            yield first, last, one.b + first - one.a, other.b + first - other.a
        if one.a + one.size < other.a + other.size:
            mine += 1
        else:
            their += 1
    yield end
