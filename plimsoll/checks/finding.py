"""One thing that was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is None when all is well, else what to do, in words that can be acted on."""

    subject: str
    what: str
    remedy: str | None = None
