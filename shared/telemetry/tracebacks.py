"""Formats a traceback in a few thousand characters: the exceptions and their innermost frames
always stay.
"""

import traceback
from collections.abc import Iterator

import asyncpg
from aiokafka.errors import KafkaError

from shared.telemetry.masking import cut_in_the_middle, masked, without_values

CHARACTERS = 5000
_INFRASTRUCTURE = (
    OSError,
    KafkaError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresConnectionError,
)
_MESSAGE_CHARACTERS = 400
_EXCEPTIONS = 6
"""In one chain, or one group: the outermost, which was caught, and those nearest to the cause."""
_INNERMOST = (25, 12, 8, 5, 3, 2, 1)
"""Frames per exception, tried in order until the text is short enough."""


def traceback_text(error: BaseException, characters: int = CHARACTERS) -> str:
    """Causes first, as Python prints them; cut in the middle of each exception's frames, of its
    message, and of a long chain.

    Secrets and addresses are masked.
    """
    shown = list(_shown(traceback.TracebackException.from_exception(error, compact=True)))
    text = ""
    for innermost in _INNERMOST:
        text = "\n".join(_one(each, innermost) for each in shown)
        if len(text) <= characters:
            return text
    return cut_in_the_middle(text, characters)


def _shown(error: traceback.TracebackException) -> Iterator[traceback.TracebackException | str]:
    chain = list(_chain(error))
    left_out = len(chain) - _EXCEPTIONS
    if left_out > 0:
        yield from chain[: _EXCEPTIONS - 1]
        yield f"… {left_out} exceptions …"
        yield chain[-1]
        return
    yield from chain


def _chain(error: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    """In order of occurrence: causes before effects, a group's exceptions before the group."""
    links = []
    while error is not None:
        links.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for link in reversed(links):
        for part in link.exceptions or ():
            yield from _chain(part)
        yield link


def _one(error: traceback.TracebackException | str, innermost: int) -> str:
    if isinstance(error, str):
        return error
    frames = list(error.stack)
    lines = ["Traceback (most recent call last):"] if frames else []
    left_out = len(frames) - innermost - 1
    if left_out > 0:
        lines += [_frame(frames[0]), f"  … {left_out} frames …"]
        frames = frames[-innermost:]
    lines += map(_frame, frames)
    said = "".join(error.format_exception_only()).strip()
    if not tells_of_infrastructure(error.exc_type):
        said = without_values(said)
    return "\n".join([*lines, masked(said, _MESSAGE_CHARACTERS)])


def tells_of_infrastructure(kind: type[BaseException] | None) -> bool:
    """Whether an exception's message is about an address, a file, a broker or a login of ours;
    others may quote customers' values.
    """
    return kind is not None and issubclass(kind, _INFRASTRUCTURE)


def told(error: BaseException) -> str:
    """An exception in one line, for readiness, the log and operators: its type, and its message if
    that contains no value.
    """
    first = str(error).splitlines()[0] if str(error) else ""
    said = first if tells_of_infrastructure(type(error)) else without_values(first)
    return f"{type(error).__name__}: {said}".rstrip(": ")


def _frame(frame: traceback.FrameSummary) -> str:
    return (
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line or ""}'
    ).rstrip()
