"""What is wrong with an input, and where. Shared by the catalogue, the HTTP API, settings and
rejected records.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` is a JSON pointer into the body (`/3/data/bytes`), `query.name`, or the name of a
    setting; `reason` one clear sentence. `line`, `column`: where it is written, if that is known;
    both begin at 1.
    """

    path: str
    reason: str
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)


_LONGEST_PART = 256


def pointer_part(part: object) -> str:
    """`/` and the escaped name (RFC 6901), cut to a readable length."""
    return "/" + str(part)[:_LONGEST_PART].replace("~", "~0").replace("/", "~1")
