"""Which errors of the driver mean that PostgreSQL is away or busy."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.postgres.data_errors import is_data_error, kind
from shared.postgres.errors import DatabaseUnavailable, driver_error, reporting, sqlstate


def of_state(code: str) -> Exception:
    """What asyncpg raises for a SQLSTATE."""
    return asyncpg.PostgresError.new({"C": code, "M": "as the server said"})


def wrapped(cause: Exception, kind: type[DBAPIError] = DBAPIError) -> DBAPIError:
    """As SQLAlchemy raises it: around the dialect's error, around asyncpg's."""
    dialects = Exception(str(cause))
    dialects.sqlstate = getattr(cause, "sqlstate", None)  # type: ignore[attr-defined]
    dialects.__cause__ = cause
    return kind("select 1", None, dialects)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError(),
        PoolTimeout(),
        *map(of_state, ("08006", "25006", "40P01", "53100", "55P03", "57P01", "58030")),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        wrapped(of_state("57014")),
        wrapped(asyncpg.InterfaceError("connection is closed"), InterfaceError),
        wrapped(asyncpg.InternalClientError("another operation is in progress"), InternalError),
    ],
)
def test_away_or_busy_is_raised_as_one_class_with_the_cause_chained(error: Exception) -> None:
    with pytest.raises(DatabaseUnavailable) as raised, reporting():
        raise error
    assert raised.value.__cause__ is error
    assert raised.value.error is error
    assert raised.value.kind == type(error).__name__
    assert not is_data_error(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a defect"),
        *map(of_state, ("22P02", "23505", "28P01", "3D000", "42P01", "54000")),
        wrapped(of_state("42P01"), ProgrammingError),
        wrapped(asyncpg.DataError("an int was expected"), InterfaceError),
    ],
)
def test_what_would_fail_again_is_raised_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, reporting():
        raise error
    assert raised.value is error


def test_what_was_reported_is_not_wrapped_again() -> None:
    inner = DatabaseUnavailable(TimeoutError())
    with pytest.raises(DatabaseUnavailable) as raised, reporting():
        raise inner
    assert raised.value is inner


def test_the_state_and_kind_of_the_drivers_error_stay_known() -> None:
    error = DatabaseUnavailable(wrapped(of_state("57014")))
    assert sqlstate(error) == "57014"
    assert kind(error) == "refused by the database (57014)"
    assert sqlstate(DatabaseUnavailable(TimeoutError())) == ""
    assert kind(DatabaseUnavailable(TimeoutError())) == "TimeoutError"
    assert driver_error(error) is error.error
    assert isinstance(driver_error(KeyError()), KeyError)
