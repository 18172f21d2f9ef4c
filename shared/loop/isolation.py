"""Failures that belong to one account: caught where that account is processed, so that the turn can
be repeated without it.

What is computed for one account runs inside `Isolation.of`. A failure there is remembered and the
next account is processed; `check` then raises all failures together. The owner of the transaction
rolls back, sets those accounts aside, and repeats the rest.
"""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from shared.clock.test_faults import NO_FAULTS, TestFaults
from shared.postgres import data_errors
from shared.postgres.errors import DatabaseUnavailable

_MOST_FRAMES = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """`part`: what was being done for the account, as operators see it. `lane`: which of its work
    waits; None: everything in this turn.
    """

    part: str
    error: Exception
    lane: str | None = None

    @property
    def reason(self) -> str:
        """The kind of fault, never a value: operators see it, and it is logged."""
        return f"error: {data_errors.kind(self.error)}"

    @property
    def trace(self) -> str:
        """Where it happened, innermost last. Without the exception's message: it may quote a
        customer's input.
        """
        frames = traceback.extract_tb(self.error.__traceback__)[-_MOST_FRAMES:]
        lines = [f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
        return "\n".join([*lines, type(self.error).__name__])


class AccountsFailed(Exception):
    """Work on some accounts failed, and nothing else. The transaction must be rolled back."""

    def __init__(self, failures: Mapping[str, Failure]) -> None:
        super().__init__(f"{len(failures)} accounts")
        self.failures = failures

    def in_lane(self, lane: str) -> "AccountsFailed":
        found = {
            account: Failure(one.part, one.error, lane) for account, one in self.failures.items()
        }
        return AccountsFailed(found)


class Isolation:
    """The failures so far, by account."""

    __slots__ = ("_faults", "failures")

    def __init__(self, faults: TestFaults = NO_FAULTS) -> None:
        self._faults = faults
        self.failures: dict[str, Failure] = {}

    @contextmanager
    def of(self, account: str, part: str) -> Iterator[None]:
        """Remembers a failure inside. An unavailable database is no account's fault and is raised;
        so is what has already been isolated.
        """
        try:
            yield
            self._faults.check(account, part)
        except (AccountsFailed, DatabaseUnavailable):
            raise
        except Exception as error:
            self.failures.setdefault(account, Failure(part, error))
            if isinstance(error, SQLAlchemyError):
                # The transaction has failed: no other account can be tried in it.
                raise AccountsFailed(self.failures) from error

    def check(self) -> None:
        if self.failures:
            raise AccountsFailed(dict(self.failures)) from next(iter(self.failures.values())).error


def _short(path: str) -> str:
    """The last three parts of the path: enough to find the file, and nothing about the machine."""
    return "/".join(Path(path).parts[-3:])
