"""Loopback ports: free ones chosen at the first start, stored with the data, changed only if
another process has taken one.
"""

import json
import random
import socket
from collections.abc import Container, Iterable
from functools import partial
from pathlib import Path

from shared.embedded.errors import EmbeddedError
from shared.embedded.process import wait_until

HOST = "127.0.0.1"
# Below the ephemeral port ranges of Linux (from 32768) and macOS (from 49152): outgoing connections
# rarely take a stored port.
_RANGE = range(15_000, 32_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(taken: Container[int] = ()) -> int:
    while True:
        port = random.choice(_RANGE)
        if port not in taken and is_free(port):
            return port


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 0.2).close()
    except OSError:
        return False
    return True


def keep_ports(file: Path, names: tuple[str, ...]) -> dict[str, int]:
    """The ports of earlier starts by name, replaced by free ones if missing or taken; written back
    to `file`.
    """
    kept = json.loads(file.read_text()) if file.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = kept.get(name)
        ports[name] = port if isinstance(port, int) and is_free(port) else free_port(ports.values())
    file.touch(0o600)
    file.write_text(json.dumps(ports))
    return ports


def await_free(ports: Iterable[int], seconds: float = 5) -> None:
    """For a restart: clients know these ports, so they must not change."""
    for port in ports:
        if not wait_until(partial(is_free, port), seconds):
            raise EmbeddedError(f"port {port} has been taken by another process")
