"""Identity providers that others run: Keycloak, and `oidc-provider` on Node.js. Each as it comes,
with one client and the person kato.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from jgo.maven import MavenContext

from shared.embedded.jars import cache_root
from shared.embedded.java import java_binary
from shared.embedded.process import wait_until
from tests.clients.installed import node_modules

SECRET = "hush-hush:%+"
"""Of the client; what is sent of it is encoded twice, in two ways."""
_HERE = Path(__file__).parent
_VERSION = "26.7.3"
_SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"


@contextmanager
def oidc_provider(port: int, console: str) -> Iterator[str]:
    """Its issuer. Skips without Node.js."""
    modules, issuer = node_modules(_HERE), f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_HERE / "provider.mjs", folder)
        os.symlink(modules, Path(folder) / "node_modules")
        told = json.dumps({"issuer": issuer, "console": console})
        command: list[str | Path] = ["node", Path(folder) / "provider.mjs"]
        with _running(issuer, command, {"PROVIDER": told}, 60):
            yield issuer


@contextmanager
def keycloak(port: int, console: str) -> Iterator[str]:
    """The issuer of its realm. The first start of all takes some minutes: it puts itself
    together, which is kept.
    """
    realm = (_HERE / "realm.json").read_text(encoding="utf-8").replace("CONSOLE", console)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "keycloak"
        shutil.copytree(_fetched(), home, symlinks=True)
        (home / "data" / "import").mkdir(parents=True)
        (home / "data" / "import" / "realm.json").write_text(realm, encoding="utf-8")
        issuer = f"http://127.0.0.1:{port}/realms/plimsoll"
        environment = {
            "JAVA_HOME": str(java_binary().parents[1]),
            "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx384m",
            "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1",
        }
        address = ["--http-host=127.0.0.1", f"--http-port={port}"]
        script = home / "bin" / "kc.sh"
        command: list[str | Path] = [script, "start-dev", "--import-realm", *address]
        with _running(issuer, command, environment, 400):
            yield issuer


def _fetched() -> Path:
    root = cache_root(_HERE.parents[2] / ".venv" / "cache") / "keycloak"
    directory = root / f"keycloak-{_VERSION}"
    if not directory.exists():
        root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".keycloak-", dir=root))
        try:
            component = (
                MavenContext(repo_cache=scratch / "repository", timeout=300)
                .project("org.keycloak", "keycloak-quarkus-dist")
                .at_version(_VERSION)
            )
            archive = Path(component.artifact("", "zip").resolve())
            assert hashlib.sha256(archive.read_bytes()).hexdigest() == _SHA256
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(scratch)
            (scratch / directory.name / "bin" / "kc.sh").chmod(0o755)
            os.rename(scratch / directory.name, directory)
        finally:
            shutil.rmtree(scratch)
    return directory


@contextmanager
def _running(
    issuer: str, command: list[str | Path], environment: Mapping[str, str], seconds: float
) -> Iterator[None]:
    with tempfile.TemporaryFile() as said:
        named = {**os.environ, **environment}
        process = subprocess.Popen(command, env=named, stdout=said, stderr=said)
        try:
            wait_until(lambda: process.poll() is not None or _answers(issuer), seconds)
            if process.poll() is not None or not _answers(issuer):
                said.seek(0)
                raise AssertionError(f"{issuer} did not start: {said.read()[-2000:]!r}")
            yield
        finally:
            process.terminate()
            process.wait(60)


def _answers(issuer: str) -> bool:
    url = f"{issuer}/.well-known/openid-configuration"
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
