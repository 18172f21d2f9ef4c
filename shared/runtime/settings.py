"""Settings: `PLIMSOLL_*` variables (and `.env`), checked together at start, with all faults
reported together.

A secret may be given as `…_FILE`, the path of a file that contains it. Secrets are never printed:
`repr` masks them.
"""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from shared.runtime import setting_values as values
from shared.values.faults import Fault

PREFIX = "PLIMSOLL_"
MASK = "***"


class SettingsError(Exception):
    """All faults of the settings, one line each."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.path}: {fault.reason}" for fault in faults))


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """None means not given. `database_url` and `kafka_bootstrap_servers` are None if the embedded
    servers are to be used.
    """

    database_url: str | None = None
    kafka_bootstrap_servers: str | None = None
    kafka_security_protocol: str = "PLAINTEXT"
    kafka_sasl_mechanism: str | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    kafka_ssl_cafile: str | None = None
    topic_prefix: str = ""
    smtp_url: str | None = None
    mail_from: str | None = None
    public_url: str | None = None
    api_url: str | None = None
    admin_key: str | None = None
    secret_key: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int | None = None
    dedupe_days: int = 35
    accounts_in_memory: int = 1_000_000
    hours_later: str = "load"
    keep_messages: int = 1_100
    keep_inbox: int = 400
    keep_decisions: int = 1_100
    keep_facts: int = 1_100
    keep_rejected: int = 90
    keep_deliveries: int = 400
    keep_audit: int = 1_100
    crm_read_seconds: int = 30
    log_format: str = "json"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_scopes: str = "openid email profile"
    oidc_roles_claim: str = "roles"
    oidc_roles: Mapping[str, str] | None = None
    oidc_trust_email: bool = False
    console_idle_hours: int = 8
    console_hours: int = 12
    allow_private_urls: bool = False
    test_clock: bool = False
    data_dir: Path | None = field(default=None)  # `--data`, not a variable
    embedded: bool = False  # Kafka or PostgreSQL run inside the data directory; not a variable

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{item.name}={_shown(item.name, getattr(self, item.name))!r}" for item in fields(self)
        )
        return f"Settings({shown})"


@dataclass(frozen=True, slots=True)
class _Variable:
    read: Callable[[str], Any]  # raises ValueError with the reason
    secret: bool = False


_VARIABLES: Mapping[str, _Variable] = {
    "database_url": _Variable(values.database_url, secret=True),
    "kafka_bootstrap_servers": _Variable(values.bootstrap_servers),
    "kafka_security_protocol": _Variable(
        values.one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
    ),
    "kafka_sasl_mechanism": _Variable(values.one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")),
    "kafka_sasl_username": _Variable(values.text),
    "kafka_sasl_password": _Variable(values.secret, secret=True),
    "kafka_ssl_cafile": _Variable(values.readable_file),
    "topic_prefix": _Variable(values.topic_prefix),
    "smtp_url": _Variable(values.smtp_url, secret=True),
    "mail_from": _Variable(values.mail_address),
    "public_url": _Variable(values.public_url),
    "api_url": _Variable(values.public_url),
    "admin_key": _Variable(values.long_secret, secret=True),
    "secret_key": _Variable(values.long_secret, secret=True),
    "host": _Variable(values.text),
    "port": _Variable(values.port_or_any),
    "metrics_port": _Variable(values.port_or_any),
    "dedupe_days": _Variable(values.whole(1, 400)),
    "accounts_in_memory": _Variable(values.whole(1_000, 100_000_000)),
    "hours_later": _Variable(values.one_of("never", "load", "always")),
    "keep_messages": _Variable(values.days(30, "people ask about messages of the last month")),
    "keep_inbox": _Variable(values.days(30, "a reader may be away for a month")),
    "keep_decisions": _Variable(
        values.days(400, "judgement counts what was proposed, answered and bought in that time")
    ),
    "keep_facts": _Variable(
        values.days(1_100, "a fact may arrive up to three years late and must count only once")
    ),
    "keep_rejected": _Variable(values.days(2, "a replay must know what was rejected")),
    "keep_deliveries": _Variable(
        values.days(30, "failed deliveries can be recovered in that time")
    ),
    "keep_audit": _Variable(values.days(90, "people ask about changes of the last quarter")),
    "crm_read_seconds": _Variable(values.whole(5, 86_400)),
    "log_format": _Variable(values.one_of("json", "text")),
    "oidc_issuer": _Variable(values.issuer),
    "oidc_client_id": _Variable(values.text),
    "oidc_client_secret": _Variable(values.secret, secret=True),
    "oidc_scopes": _Variable(values.scopes),
    "oidc_roles_claim": _Variable(values.text),
    "oidc_roles": _Variable(values.role_names),
    "oidc_trust_email": _Variable(values.switch),
    "console_idle_hours": _Variable(values.whole(1, 8_760)),
    "console_hours": _Variable(values.whole(1, 8_760)),
    "allow_private_urls": _Variable(values.switch),
    "test_clock": _Variable(values.switch),
}


def load_settings(
    environ: Mapping[str, str] | None = None, *, dotenv: Path | None = None, **given: Any
) -> Settings:
    """The settings of `environ` (default: the process's environment, over `.env`). `given` takes
    precedence and is trusted.

    None in `given` means not given. Raises SettingsError with all faults.
    """
    if environ is None:
        environ = {**values.read_dotenv(dotenv or Path(".env")), **os.environ}
    named = {
        name.removeprefix(PREFIX): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    faults = _unknown(named)
    read: dict[str, Any] = {}
    for name, variable in _VARIABLES.items():
        try:
            raw = _raw(name, variable, named)
            if raw is not None:
                read[name] = variable.read(raw)
        except ValueError as error:
            faults.append(Fault(PREFIX + name.upper(), str(error)))
    read |= {name: value for name, value in given.items() if value is not None}
    read |= _kept_with_others(read)
    faults += _together(read)
    if faults:
        raise SettingsError(tuple(faults))
    return Settings(**read)


def _raw(name: str, variable: _Variable, named: Mapping[str, str]) -> str | None:
    direct, path = named.get(name.upper()), named.get(f"{name.upper()}_FILE")
    if direct and direct.strip() and path is not None and variable.secret:
        raise ValueError(f"is given twice, directly and as {PREFIX}{name.upper()}_FILE")
    if path is not None and variable.secret:
        try:
            direct = values.read_secret_file(path.strip())
        except ValueError as error:
            raise ValueError(f"given as {PREFIX}{name.upper()}_FILE: {error}") from None
    # `echo secret > file` and many secret stores leave a trailing newline.
    stripped = direct.strip() if direct is not None else ""
    return stripped or None


def _known() -> set[str]:
    return {name.upper() for name in _VARIABLES} | {
        f"{name.upper()}_FILE" for name, variable in _VARIABLES.items() if variable.secret
    }


def _unknown(named: Mapping[str, str]) -> list[Fault]:
    known = _known()
    return [
        Fault(PREFIX + name, f"is not a setting{_did_you_mean(name, known)}")
        for name in sorted(named)
        if name not in known
    ]


def _did_you_mean(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f": did you mean {PREFIX}{close[0]}?" if close else ""


def _together(read: Mapping[str, Any]) -> list[Fault]:
    """Faults in the combination of several settings."""
    faults = []
    protocol = read.get("kafka_security_protocol", "PLAINTEXT")
    if protocol.startswith("SASL_"):
        for name in ("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password"):
            if read.get(name) is None:
                faults.append(
                    Fault(
                        PREFIX + name.upper(),
                        f"is needed with {PREFIX}KAFKA_SECURITY_PROTOCOL={protocol}",
                    )
                )
    elif read.get("kafka_sasl_password") is not None:
        faults.append(
            Fault(
                f"{PREFIX}KAFKA_SECURITY_PROTOCOL",
                f"is {protocol}, so the SASL password would not be used",
            )
        )
    if read.get("kafka_ssl_cafile") is not None and not protocol.endswith("SSL"):
        faults.append(
            Fault(
                f"{PREFIX}KAFKA_SSL_CAFILE",
                f"is not used with {PREFIX}KAFKA_SECURITY_PROTOCOL={protocol}",
            )
        )
    if read.get("metrics_port") and read.get("metrics_port") == read.get("port", 8000):
        faults.append(Fault(f"{PREFIX}METRICS_PORT", f"must differ from {PREFIX}PORT"))
    return [*faults, *_kept_too_short(read), *_identity(read)]


def _identity(read: Mapping[str, Any]) -> Iterator[Fault]:
    """The identity provider is named whole or not at all."""
    issuer = read.get("oidc_issuer")
    if issuer is None:
        for name in ("oidc_client_id", "oidc_client_secret", "oidc_roles"):
            if read.get(name) is not None:
                yield Fault(PREFIX + name.upper(), f"is not used without {PREFIX}OIDC_ISSUER")
        return
    if read.get("oidc_client_id") is None:
        yield Fault(f"{PREFIX}OIDC_CLIENT_ID", f"is needed with {PREFIX}OIDC_ISSUER")
    if not read.get("allow_private_urls") and not values.is_guarded(issuer):
        yield Fault(
            f"{PREFIX}OIDC_ISSUER",
            "must begin with https://, except on this machine",
        )


_KEPT_WITH_MESSAGES = {
    "keep_inbox": "an inbox item is rendered from its message",
    "keep_deliveries": "a delivery belongs to its message",
}


def _kept_with_others(read: Mapping[str, Any]) -> dict[str, int]:
    """Defaults that follow the given values, so that one setting can be given alone."""
    default = Settings()
    found: dict[str, int] = {}
    if read.get("dedupe_days", 0) >= default.keep_rejected:
        found["keep_rejected"] = read["dedupe_days"] + 1
    found["keep_messages"] = max(
        default.keep_messages, *(read.get(name, 0) for name in _KEPT_WITH_MESSAGES)
    )
    most = read.get("keep_messages", found["keep_messages"])
    found |= {name: min(getattr(default, name), most) for name in _KEPT_WITH_MESSAGES}
    return {name: days for name, days in found.items() if name not in read}


def _kept_too_short(read: Mapping[str, Any]) -> Iterator[Fault]:
    """What other rows need must be kept as long as they are."""

    def value(name: str) -> int:
        found: int = read.get(name, getattr(Settings(), name))
        return found

    for name, why in _KEPT_WITH_MESSAGES.items():
        if value("keep_messages") < value(name):
            yield Fault(
                f"{PREFIX}KEEP_MESSAGES",
                f"must be at least {PREFIX}{name.upper()} ({value(name)}): {why}",
            )
    if value("keep_rejected") <= value("dedupe_days"):
        told = (
            f"must be more than {PREFIX}DEDUPE_DAYS ({value('dedupe_days')}): "
            "a replay must know what was rejected"
        )
        yield Fault(f"{PREFIX}KEEP_REJECTED", told)


def _shown(name: str, value: Any) -> Any:
    variable = _VARIABLES.get(name)
    return MASK if variable is not None and variable.secret and value is not None else value
