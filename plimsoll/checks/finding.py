"""The result of one check."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is None if all is well, else what to do, in actionable words. A `warning` is worth
    knowing but not a fault.
    """

    subject: str
    what: str
    remedy: str | None = None
    warning: bool = False

    @property
    def is_fault(self) -> bool:
        return self.remedy is not None and not self.warning
