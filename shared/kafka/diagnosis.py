"""Explains why Kafka cannot be connected to: aiokafka reports a wrong password, a wrong certificate
and a closed port alike.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass

from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from shared.kafka.clients import connection
from shared.runtime.settings import Settings

_REQUEST_MS = 3_000


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`by_settings`: waiting does not help, a setting has to change."""

    reason: str
    by_settings: bool = False


async def diagnose(settings: Settings, seconds: float = 8.0) -> Diagnosis | None:
    """Tries the configured addresses one by one: None if one accepts us, else the first one's
    error.
    """
    assert settings.kafka_bootstrap_servers is not None
    found: list[Diagnosis] = []
    try:
        async with asyncio.timeout(seconds):
            for server in settings.kafka_bootstrap_servers.split(","):
                diagnosis = await _try(settings, server)
                if diagnosis is None:
                    return None
                found.append(diagnosis)
    except TimeoutError:
        found.append(Diagnosis(f"{settings.kafka_bootstrap_servers} does not answer"))
    return found[0]


async def _try(settings: Settings, server: str) -> Diagnosis | None:
    host, _, port = server.rpartition(":")
    arguments = connection(settings)
    for name in ("bootstrap_servers", "retry_backoff_ms", "metadata_max_age_ms"):
        del arguments[name]
    try:
        made = await create_conn(
            host.strip("[]"),
            int(port),
            client_id="plimsoll-probe",
            request_timeout_ms=_REQUEST_MS,
            **arguments,
        )
    except (KafkaError, OSError, TimeoutError) as error:
        return _explained(server, error, encrypted=settings.kafka_security_protocol.endswith("SSL"))
    made.close()
    return None


def _explained(server: str, error: Exception, *, encrypted: bool) -> Diagnosis:
    match error:
        case ssl.SSLCertVerificationError():
            return Diagnosis(
                f"the certificate of {server} is not trusted: {error.verify_message}",
                by_settings=True,
            )
        case ssl.SSLError():
            return Diagnosis(
                f"{server} does not speak TLS: {error.reason or type(error).__name__}",
                by_settings=True,
            )
        case SaslAuthenticationFailed():
            return Diagnosis(f"{server} refuses the user name or the password", by_settings=True)
        case UnsupportedSaslMechanismError():
            return Diagnosis(f"{server} does not know this SASL mechanism", by_settings=True)
        case IllegalSaslStateError():
            return Diagnosis(f"{server} does not expect SASL here", by_settings=True)
        case socket.gaierror():
            return Diagnosis(f"the host name in {server} is not known")
        case TimeoutError():
            return Diagnosis(f"{server} does not answer")
        case OSError() if not isinstance(error, ConnectionResetError):
            return Diagnosis(
                f"cannot connect to {server}: {error.strerror or type(error).__name__}"
            )
    return Diagnosis(
        f"{server} closes the connection: "
        f"perhaps it {'does not speak' if encrypted else 'wants'} TLS"
    )
