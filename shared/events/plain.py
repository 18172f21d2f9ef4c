"""Reads many plain events together: does the usual checks for all of them at a time.

A value that is read and dropped while still in the processor's cache costs half as much as one that
is kept: so do this in small portions.
"""

from collections.abc import Sequence
from datetime import UTC
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.events.event import MAX_EVENT_BYTES, MAX_FIELDS, Event
from shared.events.text import UNREADABLE, Envelope, has_escaped_digit, keys_of, read_envelope

PORTION: Final = 256
_COLON, _QUOTE, _BRACE, _BRACKET, _POINT = b':"{[.'
_BEFORE_POINT, _FINER = 6, 7
_BEHIND_POINT = np.arange(1, _FINER + 1)
_DIGITS = np.zeros(256, dtype=bool)
_DIGITS[list(b"0123456789")] = True
_SPACES = np.zeros(256, dtype=bool)
_SPACES[list(b" \t\r\n")] = True
_KEYS_WITH_DATA = 7
_ROOM_FOR_MANY_FIELDS = 5 * MAX_FIELDS
"""A member takes at least five bytes."""


def read_plain(values: Sequence[bytes]) -> Sequence[Event] | None:
    """The events of these values, one each, exactly as `read_event` returns them; None if any of
    them needs a closer look.
    """
    if max(map(len, values)) > MAX_EVENT_BYTES:
        return None
    try:
        events = [read_envelope(value) for value in values]
        joined = b"".join(values)
        if not (
            _names_are_plain(events)
            and _times_are_plain(events, joined)
            and _no_key_is_repeated(events, values, joined)
        ):
            return None
    except UNREADABLE:
        return None
    return events


def _names_are_plain(events: Sequence[Envelope]) -> bool:
    """Version 1.0, identifiers of printable characters without spaces, accounts without slashes."""
    subjects = {event.subject for event in events}
    others = chain(
        (event.id for event in events),
        {event.source for event in events},
        {event.type for event in events},
    )
    text = "".join(chain(others, subjects))
    return (
        {event.specversion for event in events} == {"1.0"}
        and text.isprintable()
        and " " not in text
        and "/" not in "".join(subjects)
    )


def _times_are_plain(events: Sequence[Envelope], joined: bytes) -> bool:
    """All in UTC, and none finer than a microsecond (see `read_quickly`).

    Among whole milliseconds only one that was rounded up matters, and its text contains 999: there
    is rarely anything to look for.
    """
    times = [event.time for event in events]
    if {time.tzinfo for time in times} != {UTC} or has_escaped_digit(joined):
        return False
    return not (
        (b"999" in joined or any([time.microsecond % 1000 for time in times]))
        and _has_fine_time(joined)
    )


def _has_fine_time(joined: bytes) -> bool:
    """What `FINE_TIME` matches: a time of day, a point, and seven digits."""
    text = np.frombuffer(joined, dtype=np.uint8)
    points = np.flatnonzero(text == _POINT)
    points = points[(points >= _BEFORE_POINT) & (points < len(text) - _FINER)]
    points = points[(text[points - 3] == _COLON) & (text[points - _BEFORE_POINT] == _COLON)]
    return bool(_DIGITS[text[points[:, np.newaxis] + _BEHIND_POINT]].all(axis=1).any())


def _no_key_is_repeated(events: Sequence[Envelope], values: Sequence[bytes], joined: bytes) -> bool:
    """Every document has at least as many `":` as its objects have keys (see `keys_of`): if all
    together have as many, each has.
    """
    if max(map(len, values)) > _ROOM_FOR_MANY_FIELDS and any(
        keys_of(event) > MAX_FIELDS for event in events
    ):
        return False
    text = np.frombuffer(joined, dtype=np.uint8)
    before = text[np.flatnonzero(text == _COLON) - 1]
    return bool(
        np.count_nonzero(before == _QUOTE) == _keys_of_all(events, text)
        and not _SPACES[before].any()
    )


def _keys_of_all(events: Sequence[Envelope], text: NDArray[np.uint8]) -> int:
    """The sum of `keys_of`. RecursionError if one is nested too deeply."""
    datas = [event.data for event in events]
    if (
        {*map(type, datas)} != {dict}
        or np.count_nonzero(text == _BRACE) > 2 * len(events)
        or (text == _BRACKET).any()
    ):
        return sum(map(keys_of, events))
    typed = sum([event.datacontenttype is not None for event in events])
    return _KEYS_WITH_DATA * len(events) + typed + sum(map(len, datas))
