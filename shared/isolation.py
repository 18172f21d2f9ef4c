"""A failure that belongs to one account: caught where that account is worked on, so that the turn can be repeated without it.

Inside `Isolation.of` stands what is computed for one account. What fails there is remembered and the next account is worked on; `check`
then raises all of it at once, and whoever holds the transaction rolls back, sets those accounts aside, and does the rest again.
"""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from shared import data_errors
from shared.database import is_unavailable
from shared.test_faults import NO_FAULTS, TestFaults

_MOST_FRAMES = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """`part`: what was being done for the account, as operators read it. `lane`: which of its work waits; None: all that is at hand."""

    part: str
    error: Exception
    lane: str | None = None

    @property
    def reason(self) -> str:
        """The kind of fault, never a value: it is shown to operators and stands in the log."""
        return f"error: {data_errors.kind(self.error)}"

    @property
    def trace(self) -> str:
        """Where it happened, innermost last. Without the exception's own words: they may quote what a customer wrote."""
        frames = traceback.extract_tb(self.error.__traceback__)[-_MOST_FRAMES:]
        lines = [f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
        return "\n".join([*lines, type(self.error).__name__])


class AccountsFailed(Exception):
    """Work on some accounts failed, and nothing else did. Nothing of this transaction may be kept."""

    def __init__(self, failures: Mapping[str, Failure]) -> None:
        super().__init__(f"{len(failures)} accounts")
        self.failures = failures

    def in_lane(self, lane: str) -> "AccountsFailed":
        found = {account: Failure(one.part, one.error, lane) for account, one in self.failures.items()}
        return AccountsFailed(found)


class Isolation:
    """What failed so far, by account."""

    __slots__ = ("_faults", "failures")

    def __init__(self, faults: TestFaults = NO_FAULTS) -> None:
        self._faults = faults
        self.failures: dict[str, Failure] = {}

    @contextmanager
    def of(self, account: str, part: str) -> Iterator[None]:
        """Remembers what fails inside. A database that is away is nobody's fault and goes through; so does what others have isolated."""
        try:
            yield
            self._faults.check(account, part)
        except AccountsFailed:
            raise
        except Exception as error:
            if is_unavailable(error) and not data_errors.is_data_error(error):
                raise
            self.failures.setdefault(account, Failure(part, error))
            if isinstance(error, SQLAlchemyError):
                raise AccountsFailed(self.failures) from error  # the transaction is spoiled: nobody else can be tried in it

    def check(self) -> None:
        if self.failures:
            raise AccountsFailed(dict(self.failures)) from next(iter(self.failures.values())).error


def _short(path: str) -> str:
    """The last three parts: enough to find it, and nothing about the machine."""
    return "/".join(Path(path).parts[-3:])
