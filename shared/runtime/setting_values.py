"""Parsers for setting values: each returns the value or raises ValueError with a reason that
contains no secret.
"""

import ipaddress
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from shared.security.rights import ROLES
from shared.values.mail_address import wire_address

_MOST_DAYS = 36_500
_PLACEHOLDERS = {
    "changeme",
    "change-me",
    "change_me",
    "password",
    "secret",
    "example",
    "placeholder",
    "todo",
    "xxx",
    "none",
    "null",
    "default",
}


def text(raw: str) -> str:
    if not raw.isprintable():
        raise ValueError("holds a control character")
    return raw


def switch(raw: str) -> bool:
    match raw.lower():
        case "on":
            return True
        case "off":
            return False
    raise ValueError("must be on or off")


def one_of(*choices: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return raw

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not least <= int(raw) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(raw)

    return read


def days(least: int, why: str) -> Callable[[str], int]:
    """A retention in days; `why` it must not be shorter than `least`."""
    bounded = whole(1, _MOST_DAYS)

    def read(raw: str) -> int:
        if (found := bounded(raw)) < least:
            raise ValueError(f"must be at least {least} days: {why}")
        return found

    return read


port_or_any = whole(0, 65535)
"""0 lets the system choose a free port."""


def secret(raw: str) -> str:
    """Refuses placeholders and short secrets."""
    plain = raw.lower().strip("<>${}[]")
    if (
        plain in _PLACEHOLDERS
        or "changeme" in plain
        or "change-me" in plain
        or set(raw) <= {"*", "."}
    ):
        raise ValueError("is a placeholder: replace it with a real secret")
    return text(raw)


def long_secret(raw: str) -> str:
    if len(secret(raw)) < 32:
        raise ValueError(f"must have at least 32 characters, has {len(raw)}")
    return raw


def database_url(raw: str) -> str:
    parts = _split(raw)
    if parts.scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise ValueError("must begin with postgresql://")
    _check_port(parts)
    if not parts.path.strip("/"):
        raise ValueError("names no database: postgresql://user:password@host:5432/database")
    if parts.password is not None:
        _check_password(parts.password)
    return raw


def bootstrap_servers(raw: str) -> str:
    servers = [server.strip() for server in raw.split(",")]
    for server in servers:
        if "://" in server:
            raise ValueError("is a list of host:port, without a scheme")
        host, colon, port = server.rpartition(":")
        if not colon or not host or not port.isdigit() or not 1 <= int(port) <= 65535:
            raise ValueError("must be host:port, or several with commas between them")
    return ",".join(servers)


def topic_prefix(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", raw):
        raise ValueError("may hold letters, digits, dot, hyphen and underscore, at most 100")
    return raw


def mail_address(raw: str) -> str:
    """`alerts@example.com` or `Plimsoll <alerts@example.com>`."""
    address = raw[raw.find("<") + 1 :].removesuffix(">") if "<" in raw else raw
    if not text(raw) or "=?" in raw:
        raise ValueError("is not an e-mail address")
    wire_address(address)
    return raw


def public_url(raw: str) -> str:
    parts = _split(raw)
    if (
        parts.scheme not in ("http", "https")
        or parts.username is not None
        or parts.query
        or parts.fragment
    ):
        raise ValueError("must be https://host or https://host/path")
    _check_port(parts)
    return raw.rstrip("/")


def issuer(raw: str) -> str:
    """An identity provider's name for itself, to the letter: a slash at its end belongs to it."""
    public_url(raw)
    return raw


def is_guarded(url: str) -> bool:
    """Whether nobody on the way can read or change what is said there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def scopes(raw: str) -> str:
    names = text(raw).split()
    if "openid" not in names:
        raise ValueError("must contain openid")
    return " ".join(names)


def role_names(raw: str) -> dict[str, str]:
    """`{"cs-team": "csm", …}`."""
    try:
        found = json.loads(raw)
    except ValueError:
        raise ValueError('is not JSON such as {"cs-team": "csm"}') from None
    if not isinstance(found, dict) or not found:
        raise ValueError('must be a JSON object such as {"cs-team": "csm"}')
    for role in found.values():
        if role not in ROLES:
            raise ValueError(f"may only name the roles {', '.join(ROLES)}")
    return found


def smtp_url(raw: str) -> str:
    """`smtp://user:pass@host:port?starttls=required`, `smtps://…`. Credentials are sent only over
    TLS, or to the local machine.
    """
    parts = _split(raw)
    if parts.scheme not in ("smtp", "smtps"):
        raise ValueError("must begin with smtp:// or smtps://")
    _check_port(parts)
    if parts.path.strip("/") or parts.fragment:
        raise ValueError("must be smtp://user:password@host:port, without a path")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(query) - {"starttls"}:
        raise ValueError("knows only the option starttls")
    if query.get("starttls", "auto") not in ("required", "auto", "off"):
        raise ValueError("starttls must be required, auto or off")
    if parts.username is not None and not parts.password:
        raise ValueError("has a user name but an empty password")
    if parts.password is not None:
        _check_password(parts.password)
        encrypted = parts.scheme == "smtps" or query.get("starttls") == "required"
        if not encrypted and not is_loopback(parts.hostname or ""):
            raise ValueError(
                "would send the password without encryption: add ?starttls=required, or use smtps://"
            )
    return raw


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def readable_file(raw: str) -> str:
    read_secret_file(raw)
    return raw


def read_secret_file(raw: str) -> str:
    """The text of a file of at most 64 kB. ValueError names the path and the reason."""
    try:
        content = Path(raw).read_bytes()
    except IsADirectoryError:
        raise ValueError(f"{raw} is a directory") from None
    except OSError as error:
        raise ValueError(f"cannot read {raw}: {error.strerror}") from None
    if len(content) > 65536:
        raise ValueError(f"{raw} is larger than 64 kB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{raw} is not UTF-8") from None


def read_dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` per line; `#` comments, blank lines, `export ` and quotes round the value are
    understood. A missing file is empty.
    """
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()


def _split(raw: str) -> SplitResult:
    try:
        parts = urlsplit(text(raw))
        _ = parts.hostname
    except ValueError:
        raise ValueError("is not a URL") from None
    if not parts.hostname or " " in raw:
        raise ValueError("is not a URL: it names no host")
    return parts


def _check_port(parts: SplitResult) -> None:
    try:
        port = parts.port
    except ValueError:
        raise ValueError("has a port that is not between 1 and 65535") from None
    if port == 0:
        raise ValueError("has a port that is not between 1 and 65535")


def _check_password(password: str) -> None:
    if not password:
        raise ValueError("has an empty password")
    plain = password.lower()
    if (
        plain
        in _PLACEHOLDERS - {"password", "secret", "default", "none", "null", "example", "todo"}
        or "changeme" in plain
    ):
        raise ValueError("has a placeholder as its password: replace it with a real one")
