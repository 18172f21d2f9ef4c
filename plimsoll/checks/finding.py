"""One thing that was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is None when all is well, else what to do, in words that can be acted on. A `warning` is worth knowing and no fault."""

    subject: str
    what: str
    remedy: str | None = None
    warning: bool = False

    @property
    def is_fault(self) -> bool:
        return self.remedy is not None and not self.warning
