"""Which failures are caused by the data: the same record would fail again, even alone."""

from sqlalchemy.exc import DBAPIError

from shared.postgres.errors import driver_error, refuses_value, sqlstate

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
    return sqlstate(error)[:2] in _DATA_CLASSES or refuses_value(error)


def reason(error: BaseException) -> str:
    """What a rejected record says: the class of the failure, never its values."""
    return f"{'data' if is_data_error(error) else 'internal'}: {kind(error)}"


def kind(error: BaseException) -> str:
    """The type of a failure; for the database's, its code."""
    found = driver_error(error)
    if isinstance(found, DBAPIError):
        return f"refused by the database ({sqlstate(found) or type(found.orig).__name__})"
    return type(found).__name__
