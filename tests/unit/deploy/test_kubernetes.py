"""deploy/kubernetes is valid by Kubernetes' own schema, and holds to what the processes do and the
image is.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.runtime import settings
from tests.support.pages import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
SCHEMA = ROOT / "tests" / "fixtures" / "kubernetes" / "v1.34.json"
"""The kinds that are used here, out of Kubernetes' OpenAPI, strict: an unknown field is a fault."""
KINDS = set(re.findall(r'"const":"(\w+)"', SCHEMA.read_text()))
OBJECTS: list[dict[str, Any]] = [
    found
    for file in sorted(FOLDER.glob("*.yaml"))
    for found in yaml.safe_load_all(file.read_text())
    if found is not None
]
SERVICES = ("ingest", "trigger", "notifier", "console")
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]


def of(kind: str, name: str) -> dict[str, Any]:
    (found,) = [
        each for each in OBJECTS if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


@pytest.fixture
def ours(tmp_path: Path) -> list[Path]:
    """One file per object of a kind that the schema has."""
    files = []
    for number, found in enumerate(OBJECTS):
        if found["kind"] in KINDS:
            files.append(tmp_path / f"{number}-{found['kind']}.json")
            files[-1].write_text(json.dumps(found))
    return files


def _check(files: list[Path]) -> "subprocess.CompletedProcess[str]":
    checker = Path(sys.executable).parent / "check-jsonschema"
    return subprocess.run(
        [checker, "--schemafile", SCHEMA, *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_object_is_valid_by_the_schema_of_its_kind(ours: list[Path]) -> None:
    assert len(ours) >= len(OBJECTS) - len(
        [each for each in OBJECTS if each["kind"] == "ScaledObject"]
    )
    done = _check(ours)
    assert done.returncode == 0, done.stdout


def test_the_schema_finds_a_misspelt_field(tmp_path: Path) -> None:
    wrong = json.loads(
        json.dumps(of("Deployment", "ingest")).replace("readinessProbe", "readynessProbe")
    )
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    assert _check([tmp_path / "wrong.json"]).returncode != 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_asked_for_readiness_and_for_life_apart(name: str) -> None:
    """A process that waits for Kafka is not ready, and is not to be started again."""
    pod = of("Deployment", name)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"] == [name]
    paths = {
        probe: container[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    }
    assert paths == {
        "startupProbe": "/healthz",
        "readinessProbe": "/readyz",
        "livenessProbe": "/healthz",
    }
    assert pod["terminationGracePeriodSeconds"] >= 10 + int(
        container["lifecycle"]["preStop"]["exec"]["command"][1]
    )
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["securityContext"]["runAsUser"] == int(
        re.findall(r"^USER (\d+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)[0]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_what_belongs_together_finds_each_other(name: str) -> None:
    deployment, service = of("Deployment", name), of("Service", name)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        of("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    assert (
        f"server {name}:{service['spec']['ports'][0]['port']}"
        in (ROOT / "deploy" / "gateway.conf").read_text()
    )


def test_every_setting_that_is_given_is_one() -> None:
    given = [*of("ConfigMap", "plimsoll")["data"], *of("Secret", "plimsoll")["stringData"]]
    assert {
        name for name in given if name.removeprefix("PLIMSOLL_") not in settings._known()
    } == set()


def test_the_images_are_those_of_the_compose_file() -> None:
    images = {
        container["image"]
        for each in OBJECTS
        if each["kind"] in ("Deployment", "Job")
        for container in each["spec"]["template"]["spec"]["containers"]
    }
    assert images == {"plimsoll", COMPOSE["gateway"]["image"]}
