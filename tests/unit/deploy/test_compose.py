"""docker-compose.yml is valid, complete, and agrees with the image; the image's files are there."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.runtime import settings
from tests.support.pages import ROOT

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
OURS = ("migrate", "ingest", "trigger", "notifier", "console")


@pytest.mark.parametrize(
    "file", [COMPOSE, ROOT / "deploy" / "compose.secrets.yml"], ids=lambda file: file.name
)
def test_it_is_valid_by_the_compose_specification(file: Path) -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_pinned_limited_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["image"] == "plimsoll" or re.search(r":v?\d", service["image"])
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["restart"] in ("unless-stopped", "on-failure")
    if name in OURS:
        assert "HEALTHCHECK" in DOCKERFILE
        assert (name == "migrate") == ("healthcheck" in service), (
            "a command that ends is not watched, all else is"
        )
    else:
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_listens_beyond_this_machine(name: str) -> None:
    assert [
        port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")
    ] == []


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_exists(name: str) -> None:
    volumes = yaml.safe_load(COMPOSE.read_text())["volumes"]
    sources = [volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])]
    assert [
        source
        for source in sources
        if source not in volumes and not (source.startswith("./") and (ROOT / source).exists())
    ] == []


@pytest.mark.parametrize("name", OURS)
def test_our_services_can_write_nowhere_and_are_nobody(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert re.search(r"^USER (?!0\b|root)\S+$", DOCKERFILE, re.MULTILINE)


def test_every_variable_that_must_be_given_is_in_the_example_of_the_environment() -> None:
    text = COMPOSE.read_text()
    needed, used = (
        set(re.findall(r"\$\{([A-Z_]+):\?", text)),
        set(re.findall(r"\$\{([A-Z_]+)", text)),
    )
    given = {
        line.split("=")[0]
        for line in (ROOT / ".env.example").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    }
    assert needed <= given
    assert {name for name in used | given if name.startswith("PLIMSOLL_")} <= {
        f"PLIMSOLL_{name}" for name in settings._known()
    }


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_the_environment_file_reaches_our_services(name: str) -> None:
    """What compose sets itself may be set there as well, except the addresses of its servers."""
    service = SERVICES[name]
    assert [file["path"] for file in service["env_file"]] == [".env"]
    fixed = {
        key
        for key, value in service["environment"].items()
        if not str(value).startswith(f"${{{key}:-")
    }
    assert fixed == {
        "PLIMSOLL_DATABASE_URL",
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS",
        "PLIMSOLL_METRICS_PORT",
    }


@pytest.mark.parametrize("name", ["ingest", "trigger", "notifier"])
def test_a_service_may_run_several_times(name: str) -> None:
    """`docker compose up --scale ingest=2`: a port or a name on this machine could be had by one of
    them only.
    """
    assert {"ports", "container_name", "hostname"} & set(SERVICES[name]) == set()


def test_producers_on_this_machine_reach_kafka() -> None:
    kafka = SERVICES["kafka"]
    listeners = dict(
        each.split("://") for each in kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )
    host, port = listeners["HOST"].split(":")
    assert host == "localhost"
    assert f"127.0.0.1:{port}:{port}" in kafka["ports"]
    assert (
        listeners["PLAINTEXT"]
        == SERVICES["ingest"]["environment"]["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"]
    )
    assert {"PLAINTEXT", "HOST", "CONTROLLER"} == {
        each.split(":")[0]
        for each in kafka["environment"]["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    }


def test_secrets_may_be_files() -> None:
    overlay = yaml.safe_load((ROOT / "deploy" / "compose.secrets.yml").read_text())
    assert set(overlay["services"]) == set(OURS)
    for service in overlay["services"].values():
        for name, path in service["environment"].items():
            assert name.removeprefix("PLIMSOLL_") in settings._known()
            assert name.removesuffix("_FILE") not in SERVICES["ingest"]["environment"], (
                "given twice"
            )
            assert path.removeprefix("/run/secrets/") in service["secrets"]
        assert set(service["secrets"]) <= set(overlay["secrets"])


def test_the_image_copies_what_its_context_has() -> None:
    allowed = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    ]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in copied if not any(fnmatch(name, pattern) for pattern in allowed)] == []


def test_the_image_holds_what_runs_and_not_what_builds() -> None:
    def names(lock: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy" / lock).read_text(), re.MULTILINE))

    runs, builds = names("requirements.lock"), names("build.lock")
    assert {"aiokafka", "asyncpg", "uvicorn"} <= runs
    assert builds == {"setuptools"}
    assert runs & {"setuptools", "pip", "wheel", "pytest", "uv"} == set()
