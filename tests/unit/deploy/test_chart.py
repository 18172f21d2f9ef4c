"""The chart of deploy/helm as it renders: valid by Kubernetes' own schema, with settings that the
processes take, probes that they answer, and objects that find each other.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import kubernetes_validate
import pytest
import yaml

from plimsoll.cli import COMMANDS
from shared.runtime.context import make_context
from shared.runtime.settings import PREFIX, Settings, load_settings
from shared.web import create_app
from tests.support.charts import (
    CHART,
    KUBERNETES,
    NAMES,
    OF_OTHERS,
    Rendered,
    file_of,
    header,
    objects,
    values_of,
)
from tests.support.pages import ROOT
from tests.support.trust import TRUST
from tests.unit.deploy.test_settings import DEFAULTS, is_setting

SERVICES = ("ingest", "trigger", "notifier", "console")
OBJECTS = {name: objects(file_of(name).read_text(encoding="utf-8")) for name in NAMES}
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
_BY_THE_CHART = {"PLIMSOLL_HOST", "PLIMSOLL_PORT", "PLIMSOLL_METRICS_PORT"}
_SECRETS = {
    "PLIMSOLL_DATABASE_URL": "postgresql://plimsoll:a-long-password@postgres:5432/plimsoll",
    "PLIMSOLL_SMTP_URL": "smtp://user:a-long-password@smtp.example.com:587?starttls=required",
}


def of(kind: str, name: str) -> Iterator[Rendered]:
    return (each for each in OBJECTS[name] if each["kind"] == kind)


def pods(name: str) -> dict[str, Rendered]:
    """Component -> the template of its pods."""
    return {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"]
        for kind in ("Deployment", "Job")
        for each in of(kind, name)
    }


def ours(name: str) -> dict[str, Rendered]:
    """Of those pods, the ones that run our image: component -> container."""
    return {
        component: pod["spec"]["containers"][0]
        for component, pod in pods(name).items()
        if component != "gateway"
    }


CONTAINERS = [(name, component) for name in NAMES for component in ours(name)]
DEPLOYED = [(name, component) for name, component in CONTAINERS if component != "migrate"]


@pytest.mark.parametrize("name", NAMES)
def test_the_renderings_are_of_this_chart(name: str) -> None:
    """If not: `python -m tests.support.charts`, which needs Go. That they are what Helm writes is
    held by the tests that run Helm.
    """
    assert file_of(name).read_text(encoding="utf-8").startswith(header())


@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_valid_by_the_schema_of_its_kind(name: str) -> None:
    checked = [each for each in OBJECTS[name] if each["kind"] not in OF_OTHERS]
    assert len(checked) > 7
    for each in checked:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_the_schema_finds_a_misspelt_field() -> None:
    (wrong,) = [
        each for each in of("Deployment", "smallest") if each["metadata"]["name"].endswith("ingest")
    ]
    wrong = json.loads(json.dumps(wrong).replace("readinessProbe", "readynessProbe"))
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def _environment(name: str, component: str, folder: Path) -> dict[str, str]:
    """Of such a container, with files that are there."""
    found = {each["name"]: str(each["value"]) for each in ours(name)[component]["env"]}
    for setting, value in found.items():
        if setting.endswith(("_FILE", "_CAFILE")):
            assert value.startswith("/etc/plimsoll/")
            file = folder / Path(value).name
            file.write_text(_SECRETS.get(setting.removesuffix("_FILE"), "0123456789abcdef" * 4))
            found[setting] = str(file)
    return found


@pytest.mark.parametrize(("name", "component"), CONTAINERS)
def test_a_process_takes_the_settings_that_it_is_given(
    name: str, component: str, tmp_path: Path
) -> None:
    """Its own check of all of them finds no fault."""
    settings = load_settings(_environment(name, component, tmp_path))
    container = ours(name)[component]
    assert container["args"] == [component]
    assert component in COMMANDS
    if component != "migrate":
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        assert ports == {"http": settings.port, "metrics": settings.metrics_port}
        assert settings.host == "0.0.0.0"


def test_settings_say_what_the_values_said(tmp_path: Path) -> None:
    """Switches, mappings and large numbers, which YAML and templates like to change."""
    usual = load_settings(_environment("production", "ingest", tmp_path))
    assert usual.accounts_in_memory == 2_000_000
    assert usual.oidc_roles == {"cs-team": "csm", "ops": "operator"}
    assert usual.api_url == "http://plimsoll"
    unusual = load_settings(_environment("unusual", "notifier", tmp_path))
    assert (unusual.oidc_trust_email, unusual.dedupe_days) == (True, 20)
    assert (unusual.log_format, unusual.topic_prefix) == ("json", "staging-")


@pytest.mark.parametrize(("name", "component"), DEPLOYED)
async def test_a_process_answers_its_probes(name: str, component: str, tmp_path: Path) -> None:
    container = ours(name)[component]
    asked = {
        probe: container[probe]["httpGet"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    }
    assert {probe: get["path"] for probe, get in asked.items()} == {
        "startupProbe": "/healthz",
        "readinessProbe": "/readyz",
        "livenessProbe": "/healthz",  # one that waits for Kafka is not to be started again
    }
    settings = load_settings(_environment(name, component, tmp_path), kafka_ssl_cafile=None)
    answers = await _answers(settings, [get["path"] for get in asked.values()])
    assert set(answers) == {200}
    assert {get["port"] for get in asked.values()} == {"http"}


async def _answers(settings: Settings, paths: list[str]) -> list[int]:
    """Of a process that lacks nothing."""
    context = make_context(settings, name="probes")
    try:
        transport = httpx.ASGITransport(create_app(context, [], {}))
        async with httpx.AsyncClient(
            verify=TRUST, transport=transport, base_url="http://plimsoll"
        ) as client:
            return [(await client.get(path)).status_code for path in paths]
    finally:
        await context.close()


@pytest.mark.parametrize(("name", "component"), DEPLOYED)
def test_a_process_has_time_to_end(name: str, component: str) -> None:
    """Ten seconds from SIGTERM, which comes after the pause."""
    pod = pods(name)[component]["spec"]
    pause = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] >= 10 + pause + 5


@pytest.mark.parametrize("name", NAMES)
def test_no_pod_has_rights_that_it_does_not_need(name: str) -> None:
    (user,) = re.findall(r"^USER (\d+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)
    for component, pod in pods(name).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"]
        assert component == "gateway" or spec["securityContext"]["runAsUser"] == int(user)
        for container in spec["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert "cpu" not in container["resources"]["limits"]  # it would delay alerts
            assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_files_of_a_secret_that_exists(name: str) -> None:
    """No secret is in the environment, and the chart makes none."""
    assert list(of("Secret", name)) == []
    for component, container in ours(name).items():
        given = {each["name"]: each["value"] for each in container["env"]}
        assert not set(SCHEMA["properties"]["secret"]["properties"]["keys"]["properties"]) & {
            *given
        }
        files = {value for setting, value in given.items() if setting.endswith("_FILE")}
        volumes = pods(name)[component]["spec"]["volumes"]
        (secret,) = [each["secret"] for each in volumes if each["name"] == "secrets"]
        assert {f"/etc/plimsoll/secrets/{item['path']}" for item in secret["items"]} == files


@pytest.mark.parametrize("name", NAMES)
def test_the_migration_needs_nothing_that_comes_after_it(name: str) -> None:
    """It is a hook before the release, whose objects are not there yet."""
    made = {each["metadata"]["name"] for each in of("ConfigMap", name)}
    for job in of("Job", name):
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        for volume in job["spec"]["template"]["spec"]["volumes"]:
            assert volume.get("configMap", {}).get("name") not in made
        assert "envFrom" not in job["spec"]["template"]["spec"]["containers"][0]
    assert bool(list(of("Job", name))) == (name != "unusual")


def _selected(name: str, labels: Mapping[str, str]) -> list[str]:
    return [
        component
        for component, pod in pods(name).items()
        if labels.items() <= pod["metadata"]["labels"].items()
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_together_finds_each_other(name: str) -> None:
    for deployment in of("Deployment", name):
        labels = deployment["spec"]["selector"]["matchLabels"]
        assert _selected(name, labels) == [labels["app.kubernetes.io/component"]]
    for service in of("Service", name):
        (component,) = _selected(name, service["spec"]["selector"])
        (container,) = pods(name)[component]["spec"]["containers"]
        ports = {each["name"] for each in container["ports"]}
        assert {each["targetPort"] for each in service["spec"]["ports"]} == ports
    for budget in of("PodDisruptionBudget", name):
        assert len(_selected(name, budget["spec"]["selector"]["matchLabels"])) == 1
    for policy in of("NetworkPolicy", name):
        chosen = _selected(name, policy["spec"]["podSelector"]["matchLabels"])
        assert chosen == [*pods(name)] if "Egress" in policy["spec"]["policyTypes"] else len(chosen)


@pytest.mark.parametrize("name", ["production", "unusual"])
def test_prometheus_gets_the_labels_that_our_rules_ask_for(name: str) -> None:
    (monitor,) = of("ServiceMonitor", name)
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["honorLabels"]
    assert {each["targetLabel"]: each.get("replacement") for each in endpoint["relabelings"]} == {
        "job": "plimsoll",
        "service": None,
    }
    asked = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    assert 'up{job="plimsoll",service="ingest"}' in asked
    (expression,) = monitor["spec"]["selector"]["matchExpressions"]
    assert sorted(expression["values"]) == sorted(SERVICES)


@pytest.mark.parametrize("name", NAMES)
def test_what_scales_by_lag_has_no_number_of_its_own(name: str) -> None:
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in of("ScaledObject", name)
    }
    deployed = {each["metadata"]["name"]: each["spec"] for each in of("Deployment", name)}
    assert {target for target, spec in deployed.items() if "replicas" not in spec} == set(scaled)
    for target, spec in scaled.items():
        (trigger,) = spec["triggers"]
        assert (
            f'plimsoll_consumer_lag{{service="{target.rpartition("-")[2]}"'
            in (trigger["metadata"]["query"])
        )
        assert spec["minReplicaCount"] <= spec["maxReplicaCount"]
    assert "usage-alerts-ingest" not in scaled  # another engine counts


def test_the_gateway_is_the_one_of_docker_compose() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["gateway"]
    assert VALUES["gateway"]["image"] == compose["image"]
    for file in ("gateway.conf", "nginx.conf"):
        assert (CHART / "files" / file).resolve() == ROOT / "deploy" / file
        assert any(f"./deploy/{file}:" in each for each in compose["volumes"])
    assert (CHART / "files" / "alerts.yml").resolve() == ROOT / "deploy/prometheus/alerts.yml"


def test_the_values_know_every_setting() -> None:
    """A secret one only among the keys of the Secret, any other only among the settings."""
    secret = {name for name in DEFAULTS if is_setting(f"{name}_FILE")}
    keys = SCHEMA["properties"]["secret"]["properties"]["keys"]["properties"]
    assert set(keys) == secret == set(VALUES["secret"]["keys"])
    assert set(SCHEMA["$defs"]["settings"]["properties"]) == set(DEFAULTS) - secret - _BY_THE_CHART
    assert all(name.startswith(PREFIX) for name in keys)


def _merged(base: Any, over: Any) -> Any:
    """As Helm lays a file of values over the chart's."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: _merged(base.get(key), value) for key, value in over.items()}
    return over


@pytest.mark.parametrize("name", NAMES)
def test_the_values_are_valid_by_their_schema(name: str) -> None:
    given = yaml.safe_load(values_of(name).read_text(encoding="utf-8"))
    jsonschema_rs.validate(SCHEMA, _merged(VALUES, given))


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"settings": {"PLIMSOLL_KAFKA_SASL_PASSWORD": "open"}}, ["settings"]),
        ({"settings": {"PLIMSOLL_DEDUP_DAYS": 3}}, ["settings"]),
        (
            {"settings": {"PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": "kafka"}},
            ["settings", "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"],
        ),
        ({"settings": {"PLIMSOLL_KEEP_AUDIT": -1}}, ["settings", "PLIMSOLL_KEEP_AUDIT"]),
        ({"secret": {"name": ""}}, ["secret", "name"]),
        (
            {"secret": {"keys": {"PLIMSOLL_DATABASE_URL": ""}}},
            ["secret", "keys", "PLIMSOLL_DATABASE_URL"],
        ),
        ({"services": {"ingest": {"replicas": -1}}}, ["services", "ingest", "replicas"]),
        ({"services": {"counter": {"replicas": 1}}}, ["services"]),
        ({"gateway": {"replicas": 0}}, ["gateway", "replicas"]),
        ({"networkPolicy": {"clients": [{"pods": {}}]}}, ["networkPolicy", "clients", 0]),
        (
            {"autoscaling": {"services": {"ingest": {"least": 0}}}},
            ["autoscaling", "services", "ingest", "least"],
        ),
        ({"ingres": {"enabled": True}}, []),
    ],
)
def test_a_wrong_value_is_named(wrong: dict[str, Any], place: list[str | int]) -> None:
    given = yaml.safe_load(values_of("smallest").read_text(encoding="utf-8"))
    values = _merged(_merged(VALUES, given), wrong)
    faults = [list(fault.instance_path) for fault in jsonschema_rs.iter_errors(SCHEMA, values)]
    assert place in faults


def test_an_installation_must_say_who_it_is() -> None:
    faults = {fault.message for fault in jsonschema_rs.iter_errors(SCHEMA, VALUES)}
    for name in ("name", "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS", "PLIMSOLL_PUBLIC_URL"):
        assert any(f'"{name}" is a required property' in fault for fault in faults)
