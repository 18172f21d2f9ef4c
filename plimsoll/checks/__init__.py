"""The checks of `plimsoll doctor`."""

from plimsoll.checks.examine import examine
from plimsoll.checks.finding import Finding

__all__ = ["Finding", "examine"]
