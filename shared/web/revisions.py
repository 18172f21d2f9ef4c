"""`ETag` and `If-Match` of records: whoever replaces one can say which they have seen.

The tag follows from what is stored, so it is the same in every process, and that of a record that
was changed and changed back is as before: nothing of anybody's is lost then.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header

from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web.problems import Problem

_DIGITS = 32
MatchHeader = Annotated[
    str | None,
    Header(alias="If-Match", description="The `ETag` that was seen: 412 if it is another by now"),
]


def tag_of(record: Mapping[str, Any]) -> str:
    """Quoted, as in the header. The order of fields means nothing."""
    return f'"{hashlib.sha256(dumps(_sorted(record))).hexdigest()[:_DIGITS]}"'


def _sorted(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _sorted(value[name]) for name in sorted(value)}
        case list() | tuple():
            return [_sorted(item) for item in value]
        case _:
            return value


def check_match(given: str | None, *current: str | None) -> None:
    """Problem 412 if none of the tags in the header is one of these. None: there is no record.

    Without the header, and with `*`, any will do.
    """
    if given is None or given.strip() == "*":
        return
    seen = {one.strip().removeprefix("W/") for one in given.split(",")}
    known = [one for one in current if one is not None]
    if seen.isdisjoint(known):
        reason = f"the record is {known[0]} by now" if known else "there is no such record"
        headers = {"ETag": known[0]} if known else None
        raise Problem(
            412,
            "There is a newer revision.",
            errors=[Fault("header.If-Match", reason)],
            headers=headers,
        )
