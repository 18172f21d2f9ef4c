"""A mail of ours to an account, as guards look at it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """One that waits, or went out. `by`: who wrote it; `signer`: who signed it, or would now. `at`:
    when it went out, or is due. `meant`: in whose name it was written; None: the writer's.
    """

    by: str | None
    signer: str | None
    at: datetime
    waits: bool = False
    meant: str | None = None

    @property
    def is_signed_anew(self) -> bool:
        return self.signer != (self.meant or self.by)
