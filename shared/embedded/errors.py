"""Failures of embedded servers, in one line that says what to do."""

NOT_INSTALLED = (
    "the embedded servers are not installed: pip install 'plimsoll[embedded]', "
    "or name your own in PLIMSOLL_DATABASE_URL and PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"
)


class EmbeddedError(Exception):
    """One clear line for the user; never a stack trace."""


class Cancelled(EmbeddedError):
    """The start was aborted because a stop was requested meanwhile."""
