"""What the driver's errors mean. Where PostgreSQL is reached, those that mean "away or busy" become
`DatabaseUnavailable`; nobody else asks what kind of error it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# 08 connection, 25 transaction state (read-only in failover), 40 deadlock and the like, 53
# resources, 55 lock, 57 operator, 58 system
_TRANSIENT = {"08", "25", "40", "53", "55", "57", "58"}


class DatabaseUnavailable(Exception):
    """PostgreSQL is down, starting, stopping, busy or out of space: the same may succeed later.

    If it ended a commit, the outcome of that transaction is unknown. `error`: the driver's.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error

    @property
    def kind(self) -> str:
        """The type of the driver's error."""
        return type(self.error).__name__


@contextmanager
def reporting() -> Iterator[None]:
    """For what is not a statement of an engine: connecting, and connections outside the pool."""
    try:
        yield
    except DatabaseUnavailable:
        raise
    except Exception as error:
        if not _is_unavailable(error):
            raise
        raise DatabaseUnavailable(error) from error


def report(context: ExceptionContext) -> DatabaseUnavailable | None:
    """An engine's handler of errors: what is returned is raised in place of the error."""
    error = context.sqlalchemy_exception or context.original_exception
    return DatabaseUnavailable(error) if _is_unavailable(error) else None


def driver_error(error: BaseException) -> BaseException:
    return error.error if isinstance(error, DatabaseUnavailable) else error


def sqlstate(error: BaseException) -> str:
    """The error's five-character SQLSTATE, or an empty string."""
    found = driver_error(error)
    original = found.orig if isinstance(found, DBAPIError) else found
    return str(getattr(original, "sqlstate", None) or "")


def refuses_value(error: DBAPIError) -> bool:
    """Whether the driver could not encode a parameter: it reports that as if a connection were
    unusable.
    """
    return isinstance(_cause(error), asyncpg.DataError | ValueError | OverflowError)


def _cause(error: DBAPIError) -> BaseException | None:
    """asyncpg's own error, which SQLAlchemy has wrapped twice."""
    return error.orig.__cause__ if error.orig is not None else None


def _is_unavailable(error: BaseException) -> bool:
    if isinstance(error, PoolTimeout | OSError | TimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return not refuses_value(error) and (
            error.connection_invalidated
            or isinstance(error, InterfaceError | OperationalError)
            or isinstance(_cause(error), asyncpg.InternalClientError)
            or sqlstate(error)[:2] in _TRANSIENT
        )
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _TRANSIENT
    # asyncpg reports a connection that was cut during an operation as an internal error.
    return isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError)
