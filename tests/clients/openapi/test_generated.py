"""The OpenAPI description: two linters find nothing, and generated clients compile and work."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from plimsoll.composition import SERVICES
from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.clients.installed import node_modules, python_sdk, type_cache
from tests.support.serving import Served, serving

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
async def served(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[Served]:
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": "an-admin-key-of-this-module-0123456789",
            "PLIMSOLL_PORT": "0",
        }
    )
    async with serving(settings, SERVICES) as served:
        yield served


@pytest.fixture(scope="module")
async def description(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file, fetched over HTTP."""
    file = tmp_path_factory.mktemp("description") / "openapi.json"
    file.write_bytes((await served.client.get("/openapi.json")).content)
    return file


@pytest.fixture(scope="module")
def modules() -> Path:
    return node_modules(HERE / "node")


async def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Returns the command's output; fails with it if the exit code is not 0."""
    known = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/tmp"),
        "LC_ALL": "C.UTF-8",
        **environment,
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [*map(str, command)],
        cwd=cwd,
        env=known,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    return done.stdout


def at(served: Served, account: str) -> Mapping[str, str]:
    key = served.client.headers["Authorization"].removeprefix("Bearer ")
    return {"BASE_URL": served.url, "KEY": key, "ACCOUNT": account}


async def test_redocly_finds_nothing(description: Path, modules: Path) -> None:
    node = modules / ".bin" / "redocly"
    said = json.loads(
        await run(
            node,
            "lint",
            description,
            "--format=json",
            cwd=description.parent,
            REDOCLY_TELEMETRY="off",
        )
    )
    assert said["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, said["problems"]


async def test_spectral_finds_nothing(description: Path, modules: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text('extends: ["spectral:oas"]\n')
    await run(
        modules / ".bin" / "spectral",
        "lint",
        description,
        "--ruleset",
        rules,
        "--fail-severity",
        "hint",
        cwd=tmp_path,
    )


async def test_a_client_in_python(served: Served, description: Path, tmp_path: Path) -> None:
    tool = await asyncio.to_thread(python_sdk, "generator", HERE / "python")
    generate = (
        "-m",
        "openapi_python_client",
        "generate",
        "--path",
        description,
        "--output-path",
        tmp_path / "made",
    )
    # Its formatter is in the tool's folder.
    await run(
        sys.executable,
        *generate,
        cwd=tmp_path,
        PYTHONPATH=str(tool),
        PATH=f"{tool / 'bin'}:{os.environ['PATH']}",
    )
    (tmp_path / "made" / "walk.py").write_text((HERE / "python" / "walk.py").read_text())
    checks = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        f"--cache-dir={type_cache()}",
        "plimsoll_client",
        "walk.py",
    ]
    await run(*checks, cwd=tmp_path / "made")
    said = await run(
        sys.executable,
        "walk.py",
        cwd=tmp_path / "made",
        PYTHONPATH=str(tool),
        **at(served, "acme-python"),
    )
    assert said == "walked\n"


async def test_a_client_in_typescript(
    served: Served, description: Path, modules: Path, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "node" / "walk.ts", tmp_path)
    await run(
        modules / ".bin" / "openapi-typescript", description, "--output", "schema.ts", cwd=tmp_path
    )
    strictly = [
        "--strict",
        "--noUncheckedIndexedAccess",
        "--exactOptionalPropertyTypes",
        "--module",
        "nodenext",
        "--target",
        "es2022",
    ]
    await run(
        modules / ".bin" / "tsc",
        *strictly,
        "--skipLibCheck",
        "--types",
        "node",
        "walk.ts",
        cwd=tmp_path,
    )
    assert await run("node", "walk.js", cwd=tmp_path, **at(served, "acme-typescript")) == "walked\n"
