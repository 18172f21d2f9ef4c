"""Which failures are caused by the data: the same record would fail again, even alone."""

import asyncpg
from sqlalchemy.exc import DBAPIError

from shared.postgres.database import sqlstate

# 22 data exception, 23 a check that the record breaks, 54 larger than an index or a row can hold
_DATA_CLASSES = {"22", "23", "54"}

ENDED_BY_SERVER = frozenset({"57014", "25P03", "25P04", "53200"})
"""A statement or transaction took too long, or too much memory: perhaps because of a record's
content.
"""


def is_data_error(error: BaseException) -> bool:
    """Whether PostgreSQL, its driver or our own parsing rejected a record's content."""
    return is_refused(error) or isinstance(error, ValueError | ArithmeticError | RecursionError)


def is_refused(error: BaseException) -> bool:
    """Whether PostgreSQL or its driver rejected the content: certainly the data's fault, whereas an
    exception of ours may also be a defect.
    """
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig.__cause__ if error.orig is not None else None
    return sqlstate(error)[:2] in _DATA_CLASSES or isinstance(
        cause, asyncpg.DataError | ValueError | OverflowError
    )


def reason(error: BaseException) -> str:
    """What a rejected record says: the class of the failure, never its values."""
    return f"{'data' if is_data_error(error) else 'internal'}: {kind(error)}"


def kind(error: BaseException) -> str:
    """The type of a failure; for the database's, its code."""
    if isinstance(error, DBAPIError):
        return f"refused by the database ({sqlstate(error) or type(error.orig).__name__})"
    return type(error).__name__
