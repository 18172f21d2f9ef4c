"""Checks that the listen addresses are free, before slow imports and servers start."""

import os
import socket

from shared.runtime.settings import Settings


class AddressTaken(Exception):
    """One clear line for the operator."""


def check_free(settings: Settings) -> None:
    """Raises AddressTaken if the API port or the metrics port is not available."""
    for name, port in (
        ("PLIMSOLL_PORT", settings.port),
        ("PLIMSOLL_METRICS_PORT", settings.metrics_port),
    ):
        if port is not None:
            try:
                _bind(settings.host, port)
            except OSError as error:
                raise cannot_listen(settings.host, port, error, name) from error


def cannot_listen(
    host: str, port: int, error: OSError, name: str = "PLIMSOLL_PORT"
) -> AddressTaken:
    reason = (
        os.strerror(error.errno)
        if error.errno and error.errno > 0
        else error.strerror or str(error)
    )
    return AddressTaken(
        f"cannot listen on {host}:{port}: "
        f"{reason}; stop whatever listens there, or set another {name} or PLIMSOLL_HOST"
    )


def _bind(host: str, port: int) -> None:
    (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
