"""The one line of a failure that the user can fix."""

import pytest

from plimsoll.failures import one_line
from shared.postgres.errors import DatabaseUnavailable


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            PermissionError(13, "Permission denied", "/data/report"),
            "/data/report: Permission denied",
        ),
        (
            OSError(28, "No space left on device", "out.ndjson"),
            "out.ndjson: No space left on device",
        ),
        (
            DatabaseUnavailable(ConnectionRefusedError(111, "Connection refused")),
            (
                "PostgreSQL cannot be used: [Errno 111] Connection refused; "
                "check PLIMSOLL_DATABASE_URL, or run `plimsoll doctor`"
            ),
        ),
        (KeyError("a defect"), None),
    ],
)
def test_a_file_that_cannot_be_used_is_not_said_to_be_the_database(
    error: Exception, line: str | None
) -> None:
    assert one_line(error) == line
