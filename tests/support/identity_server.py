"""A real identity provider that others have written, `mock-oauth2-server`, on the Java of the
embedded Kafka. Its jars are pinned by `identity_server.lock`, one a line: group:artifact:version
sha256.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from shared.embedded.jars import Jar, cache_root, fetch_jar
from shared.embedded.java import java_binary
from shared.embedded.ports import HOST, free_port
from shared.embedded.process import wait_until
from tests.support.trust import TRUST

LOCK = Path(__file__).with_name("identity_server.lock")
_MAIN = "no.nav.security.mock.oauth2.StandaloneMockOAuth2ServerKt"
_FLAGS = ("-Xms32m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_CONFIG = {"interactiveLogin": True, "httpServer": "NettyWrapper"}
_SECONDS = 60.0


@dataclass(frozen=True)
class IdentityServer:
    url: str

    def issuer(self, name: str = "default") -> str:
        """Of several at once, each with keys of its own."""
        return f"{self.url}/{name}"


def jars() -> list[Jar]:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return [Jar(*line.replace(":", " ").split()) for line in lines if line]


def _fetched() -> Path:
    directory = cache_root(LOCK.parents[2] / ".venv" / "cache") / "identity"
    directory.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(8) as pool:
        for fetched in pool.map(lambda jar: fetch_jar(jar, directory), jars()):
            assert fetched.parent == directory
    return directory


@contextmanager
def identity_server() -> Iterator[IdentityServer]:
    directory, port = _fetched(), free_port()
    path = os.pathsep.join(str(directory / jar.filename) for jar in jars())
    environment = {**os.environ, "SERVER_PORT": str(port), "JSON_CONFIG": json.dumps(_CONFIG)}
    command: list[str | Path] = [java_binary(), *_FLAGS, "-cp", path, _MAIN]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        server = IdentityServer(f"http://{HOST}:{port}")
        try:
            ready = wait_until(lambda: process.poll() is not None or _answers(server), _SECONDS)
            if not ready or process.poll() is not None:
                said.seek(0)
                raise AssertionError(f"the identity server did not start: {said.read()[-2000:]!r}")
            yield server
        finally:
            process.terminate()
            process.wait(10)


def _answers(server: IdentityServer) -> bool:
    try:
        return httpx.get(f"{server.url}/isalive", verify=TRUST, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
