"""Structured logs: one line of at most 8 kB per event, without secrets, e-mail addresses or control characters."""

import logging
import re
import sys
import time
import unicodedata
from collections.abc import Mapping, MutableMapping
from decimal import Decimal
from typing import Any, TextIO

import msgspec
import structlog

LINE_BYTES = 8192
_TEXT_CHARACTERS = 2000
_SECRET_KEY = re.compile(r"password|secret|token|authorization|api_?key|credential|cookie|hash$", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]*@"  # a password inside a URL
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]+"
    r"|\b(?:pk|whsec|pat|plm)[_-][\w.-]{8,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*",  # a signed token
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;=]+@[^\s@<>\"'(),:;=]+\.[^\s@<>\"'(),:;=]+")
_ASCII_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

log: structlog.stdlib.BoundLogger = structlog.get_logger("plimsoll")


def configure_logging(form: str = "json", *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends our logs and those of the libraries through the same filters to `stream` (default: stderr). `form`: `json` or `text`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_Calm())
    render = _json_line if form == "json" else _text_line
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_chain(), processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _LIBRARIES.items():
        logging.getLogger(name).setLevel(quiet)


_LIBRARIES = {
    "aiokafka": logging.ERROR,
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,  # it would log every URL it calls
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
        structlog.processors.format_exc_info,
        clean,
    ]


def clean(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: whatever may hold a secret or an address is masked, control characters are written out."""
    return {str(key): "***" if _SECRET_KEY.search(str(key)) else _cleaned(value) for key, value in event.items()} if event else event


def _cleaned(value: Any, depth: int = 0) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return clean_text(value)
        case Mapping() if depth < 4:
            return {
                clean_text(str(key)): "***" if _SECRET_KEY.search(str(key)) else _cleaned(item, depth + 1)
                for key, item in list(value.items())[:50]
            }
        case list() | tuple() | set() | frozenset() if depth < 4:
            return [_cleaned(item, depth + 1) for item in list(value)[:50]]
        case Decimal():
            return str(value)
    return clean_text(str(value))


def clean_text(value: str) -> str:
    """One printable line without secrets and addresses, cut to 2,000 characters."""
    cut = value[:_TEXT_CHARACTERS]
    masked = _ADDRESS.sub("***@***", _SECRET_VALUE.sub(lambda match: f"{match['scheme']}:***@" if match["scheme"] else "***", cut))
    if masked.isprintable():
        return masked
    return "".join(char if char.isprintable() else _escaped(char) for char in masked)


def _escaped(char: str) -> str:
    if char == "\n":
        return " | "
    code = ord(char)
    if unicodedata.category(char) == "Zs":
        return " "
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    line = msgspec.json.encode(dict(event), enc_hook=str)
    if len(line) > LINE_BYTES:
        kept = {key: event[key] for key in ("event", "level", "timestamp", "request_id", "service") if key in event}
        line = msgspec.json.encode(kept | {"cut": True})
    return line.decode()


def _text_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    stamp, level, name = (str(event.pop(key, "")) for key in ("timestamp", "level", "event"))
    rest = " ".join(f"{key}={value}" for key, value in event.items() if not key.startswith("_"))
    return f"{stamp} {level:<7} {name} {rest}".rstrip().encode("utf-8", "backslashreplace")[:LINE_BYTES].decode("utf-8", "ignore")


class _Calm(logging.Filter):
    """A library that repeats itself ten times a second while a server is away gets one line in 30 seconds."""

    def __init__(self, seconds: float = 30.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        if "GroupCoordinatorNotAvailableError" in record.getMessage():
            return False  # every cluster says so until its first group has been made
        now, key = time.monotonic(), (record.name, str(record.msg))
        if now - self._last.get(key, -self._seconds) < self._seconds:
            return False
        self._last[key] = now
        return True


# What we log goes to the standard library's loggers, whoever runs us: also where nobody has configured them.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_chain(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=False,
)
