"""Failures that the user can fix, as one line that says how."""

from shared.runtime.addresses import AddressTaken
from shared.runtime.settings import SettingsError


class CommandError(Exception):
    """The command fails; the message says why and what to do, in one line."""


def one_line(error: Exception) -> str | None:
    """The line to print, or None for a defect of ours, which deserves its traceback. Imports
    lazily: failures are rare.
    """
    if isinstance(error, AddressTaken | CommandError | SettingsError):
        return _flat(error)
    from shared.embedded import EmbeddedError
    from shared.kafka.clients import KafkaUnavailable
    from shared.migrations import SchemaBehind
    from shared.postgres.errors import DatabaseUnavailable, sqlstate
    from shared.security.api_keys import KeyFault
    from shared.security.crypto import NoSecret

    if isinstance(error, EmbeddedError | KafkaUnavailable | KeyFault | NoSecret | SchemaBehind):
        return _flat(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, DatabaseUnavailable):
        return (
            "PostgreSQL cannot be used: "
            f"{_flat(error)}; check PLIMSOLL_DATABASE_URL, or run `plimsoll doctor`"
        )
    if sqlstate(error)[:2] in ("28", "3D"):  # wrong password or role, no such database
        return f"PostgreSQL refuses the connection: {_flat(error)}; check PLIMSOLL_DATABASE_URL"
    if sqlstate(error) == "42P01":  # no such table
        return "the database has no schema yet: run `plimsoll migrate`"
    return None


def _flat(error: BaseException) -> str:
    """SQLAlchemy adds the statement and a link on further lines; the driver's message is enough."""
    from shared.postgres.errors import driver_error

    found = driver_error(error)
    original = getattr(found, "orig", None) or found
    return " ".join(str(original).split("\n[")[0].split()) or type(original).__name__
