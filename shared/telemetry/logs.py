"""Structured logs: one line of at most 8 kB per event, without secrets, e-mail addresses or control
characters.
"""

import logging
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping, MutableMapping
from decimal import Decimal
from typing import Any, TextIO

import msgspec
import structlog

from shared.telemetry.masking import cut_in_the_middle, masked
from shared.telemetry.tracebacks import CHARACTERS, traceback_text

LINE_BYTES = 8192
_TEXT_CHARACTERS = 2000
_SHORTER = ((600, CHARACTERS), (200, CHARACTERS), (100, CHARACTERS // 3))
"""Lengths to cut each value and an exception to, tried in order while a line is too long."""
_HEAD = ("timestamp", "level", "event")
_LABELS = ("service", "account", "request_id")
_SECRET_KEY = re.compile(
    r"password|secret|token|authorization|api_?key|credential|cookie|hash$", re.IGNORECASE
)

log: structlog.stdlib.BoundLogger = structlog.get_logger("plimsoll")


def configure_logging(
    form: str = "json", *, stream: TextIO | None = None, level: int = logging.INFO
) -> None:
    """Sends our logs and the libraries' through the same filters to `stream` (default: stderr).
    `form`: `json` or `text`.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_Calm())
    render = _json_line if form == "json" else _text_line
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_chain(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _LIBRARIES.items():
        logging.getLogger(name).setLevel(quiet)
        logging.getLogger(name).propagate = True  # a command without logging had silenced it


_LIBRARIES = {
    "aiokafka": logging.ERROR,
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,  # httpx would log every URL it calls
    "mail.log": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
}


def _chain() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _traceback,
        clean,
    ]


def _traceback(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    match event.pop("exc_info", None):
        case True:
            error: Any = sys.exc_info()[1]
        case (_, error, _):
            pass
        case error:
            pass
    return (
        {**event, "exception": traceback_text(error)} if isinstance(error, BaseException) else event
    )


def clean(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks secrets and addresses, escapes control characters."""
    return {str(key): _field(str(key), value) for key, value in event.items()} if event else event


def _field(key: str, value: Any) -> Any:
    if key == "exception" and isinstance(value, str):
        return clean_text(value, CHARACTERS)
    return "***" if _SECRET_KEY.search(key) else _cleaned(value)


def _cleaned(value: Any, depth: int = 0) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return clean_text(value)
        case Mapping() if depth < 4:
            return {
                clean_text(str(key)): "***"
                if _SECRET_KEY.search(str(key))
                else _cleaned(item, depth + 1)
                for key, item in list(value.items())[:50]
            }
        case list() | tuple() | set() | frozenset() if depth < 4:
            return [_cleaned(item, depth + 1) for item in list(value)[:50]]
        case Decimal():
            return str(value)
    return clean_text(str(value))


def clean_text(value: str, characters: int = _TEXT_CHARACTERS) -> str:
    """One printable line without secrets and addresses, cut in the middle if it is too long."""
    short = masked(value, characters)
    if short.isprintable():
        return short
    return "".join(char if char.isprintable() else _escaped(char) for char in short)


def _escaped(char: str) -> str:
    if char == "\n":
        return " | "
    code = ord(char)
    if unicodedata.category(char) == "Zs":
        return " "
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return _fitted(event, lambda shown: msgspec.json.encode(shown, enc_hook=str)).decode()


def _text_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return _fitted(event, _text).decode("utf-8", "ignore")


def _text(shown: Mapping[str, Any]) -> bytes:
    stamp, level, name = (shown.get(key, "") for key in _HEAD)
    rest = " ".join(f"{key}={value}" for key, value in shown.items() if key not in _HEAD)
    return f"{stamp} {level:<7} {name} {rest}".rstrip().encode("utf-8", "backslashreplace")


def _fitted(event: Mapping[str, Any], encode: Callable[[Mapping[str, Any]], bytes]) -> bytes:
    """Renders the line. If it is too long, values are cut in the middle, an exception last; at
    worst only the identifying fields remain.
    """
    shown = {
        key: value for key, value in event.items() if key not in ("_record", "_from_structlog")
    }
    line = encode(shown)
    for characters, of_exception in _SHORTER:
        if len(line) <= LINE_BYTES:
            return line
        limits = {key: of_exception if key == "exception" else characters for key in shown}
        line = encode(
            {key: _short(value, limits[key]) for key, value in shown.items()} | {"cut": True}
        )
    if len(line) <= LINE_BYTES:
        return line
    return encode(
        {key: _short(shown[key], 200) for key in (*_HEAD, *_LABELS) if key in shown} | {"cut": True}
    )


def _short(value: Any, characters: int) -> Any:
    text = str(value)
    return value if len(text) <= characters else cut_in_the_middle(text, characters)


class _Calm(logging.Filter):
    """A library that repeats itself ten times a second while a server is down gets one line in 30
    seconds.
    """

    def __init__(self, seconds: float = 30.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        if "GroupCoordinatorNotAvailableError" in record.getMessage():
            return False  # every cluster logs this until its first group exists
        now, key = time.monotonic(), (record.name, str(record.msg))
        if now - self._last.get(key, -self._seconds) < self._seconds:
            return False
        self._last[key] = now
        return True


# We log to the standard library's loggers in any case, even if nobody has configured them.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_chain(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=False,
)
