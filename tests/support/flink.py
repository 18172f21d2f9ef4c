"""A real Apache Flink: a SQL gateway with a mini cluster in one process, on the Java of the
embedded Kafka. Its jars are pinned by `flink.lock`, one a line: group:artifact:version sha256.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from shared.embedded.java import java_binary
from shared.embedded.ports import HOST, free_port
from shared.embedded.process import wait_until
from tests.support.locked_jars import fetch_locked
from tests.support.pages import ROOT
from tests.support.trust import TRUST

JOB = ROOT / "deploy" / "flink" / "usage_totals.sql"
LOCK = Path(__file__).with_suffix(".lock")
_MAIN = "org.apache.flink.table.gateway.SqlGateway"
_FLAGS = ("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_PACKAGES = (
    "java.lang",
    "java.lang.reflect",
    "java.math",
    "java.net",
    "java.nio",
    "java.text",
    "java.time",
    "java.util",
    "java.util.concurrent",
)
"""Packages whose objects Flink's serializers look into, as its own distribution opens them."""
OPENED = tuple(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _PACKAGES)
_LOG = """<Configuration>
  <Appenders><Console name="C"><PatternLayout pattern="%d %p %c{1} %m%n%ex"/></Console></Appenders>
  <Loggers><Root level="ERROR"><AppenderRef ref="C"/></Root></Loggers>
</Configuration>
"""
_SECONDS = 600.0


def jars() -> list[Path]:
    """Raises EmbeddedError if they cannot be had."""
    return fetch_locked(LOCK, "flink")


def statements(text: str, replaced: Mapping[str, str]) -> list[str]:
    """Of a file of SQL, without comments. Raises AssertionError if it has none of what is to be
    replaced.
    """
    for old, new in replaced.items():
        assert old in text, f"the file has no {old}"
        text = text.replace(old, new)
    plain = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    return [found.strip() for found in plain.split(";") if found.strip()]


class Flink:
    """One process in `home`, which holds its checkpoints and its log."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.checkpoints = home / "checkpoints"
        self._log = home / "flink.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(verify=TRUST, trust_env=False, timeout=60)
        self._session = ""

    def start(self) -> None:
        path, port = os.pathsep.join(map(str, jars())), free_port()
        (self.home / "log4j2.xml").write_text(_LOG)
        settings = {
            "execution.target": "local",
            "parallelism.default": 2,
            "rest.port": 0,
            "sql-gateway.endpoint.rest.address": HOST,
            "sql-gateway.endpoint.rest.bind-address": HOST,
            "sql-gateway.endpoint.rest.port": port,
        }
        (self.home / "config.yaml").write_text(json.dumps(settings))
        log4j = f"-Dlog4j2.configurationFile={self.home / 'log4j2.xml'}"
        command: list[str | Path] = [java_binary(), *_FLAGS, log4j, *OPENED, "-cp", path, _MAIN]
        environment = {**os.environ, "FLINK_CONF_DIR": str(self.home)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=self.home
            )
        self._client.base_url = httpx.URL(f"http://{HOST}:{port}/v1")
        assert wait_until(self._answers, _SECONDS), self.log()
        self._session = self._client.post("/sessions", json={}).json()["sessionHandle"]

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            return self._client.get("/info").status_code == 200
        except httpx.TransportError:
            return False

    def run(self, statement: str) -> list[list[object]]:
        """The rows of its first result. Raises AssertionError with Flink's reason if it fails."""
        place = f"/sessions/{self._session}"
        asked = self._client.post(f"{place}/statements", json={"statement": statement})
        operation = f"{place}/operations/{_told(asked)['operationHandle']}"
        end = time.monotonic() + _SECONDS
        while _told(self._client.get(f"{operation}/status"))["status"] in ("PENDING", "RUNNING"):
            assert time.monotonic() < end, statement
            time.sleep(0.1)
        result = _told(self._client.get(f"{operation}/result/0"))["results"]
        return [row["fields"] for row in result["data"]]

    def checkpoint(self, *, newer_than: Path | None = None) -> Path:
        """The newest that is complete."""
        known = newer_than.stat().st_mtime if newer_than and newer_than.exists() else 0.0
        assert wait_until(
            lambda: any(each.stat().st_mtime > known for each in self.retained()), _SECONDS
        ), self.log()
        return self.retained()[-1]

    def retained(self) -> list[Path]:
        """The checkpoints that are kept, oldest first."""
        files = [path for path in self.checkpoints.glob("*/chk-*/_metadata") if path.exists()]
        return [path.parent for path in sorted(files, key=lambda path: path.stat().st_mtime)]

    def kill(self) -> None:
        """Kill -9: nothing gets a chance to finish."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def close(self) -> None:
        self.kill()
        self._client.close()

    def forget(self) -> None:
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4_000:] if self._log.exists() else ""


def _told(answer: httpx.Response) -> dict[str, Any]:
    found = answer.json()
    if "errors" in found:
        causes = re.findall(r"Caused by: (.+)", found["errors"][-1].replace("\\n", "\n"))
        raise AssertionError(causes[-3:] or found["errors"][-1][:2_000])
    return dict(found)
