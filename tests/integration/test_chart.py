"""The chart, by Helm itself: it lints, it renders what is kept of it, every object of it is valid,
and what cannot work is refused with a sentence.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import kubernetes_validate
import pytest
import yaml

from tests.support import charts
from tests.support.charts import CHART, NAMES, OF_OTHERS, Rendered, objects
from tests.support.pages import ROOT

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(not charts.has_go(), reason="Go is not installed: Helm cannot be built"),
]


@pytest.fixture(scope="module")
def schemas() -> Mapping[str, jsonschema_rs.Validator]:
    """Kind -> what such an object may hold, of KEDA and the Prometheus operator."""
    versions = {"ScaledObject": "v1alpha1", "ServiceMonitor": "v1", "PrometheusRule": "v1"}
    return {
        kind: jsonschema_rs.validator_for(charts.schema_of(kind, version))
        for kind, version in versions.items()
    }


def faults(
    each: Rendered, schemas: Mapping[str, jsonschema_rs.Validator]
) -> Iterator[tuple[str, str]]:
    if each["kind"] in OF_OTHERS:
        for fault in schemas[each["kind"]].iter_errors(each):
            yield each["metadata"]["name"], fault.message
        return
    try:
        kubernetes_validate.validate(each, charts.KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield each["metadata"]["name"], str(error)


@pytest.mark.parametrize("name", NAMES)
def test_helm_finds_nothing_wrong(name: str) -> None:
    done = charts.run("lint", "--strict", CHART, "-f", charts.values_of(name))
    assert (done.code, done.err) == (0, ""), done.out


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_what_helm_renders(name: str) -> None:
    assert charts.file_of(name).read_text(encoding="utf-8") == charts.kept(charts.render(name).out)


@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_valid_by_those_who_serve_it(
    name: str, schemas: Mapping[str, jsonschema_rs.Validator]
) -> None:
    found = objects(charts.render(name).out)
    assert (name != "smallest") == bool(OF_OTHERS & {each["kind"] for each in found})
    assert [fault for each in found for fault in faults(each, schemas)] == []


def test_a_misspelt_field_of_another_kind_is_found(
    schemas: Mapping[str, jsonschema_rs.Validator],
) -> None:
    found = {each["kind"]: each for each in objects(charts.render("production").out)}
    for kind, right, wrong in (
        ("ScaledObject", "cooldownPeriod", "coolDownPeriod"),
        ("ServiceMonitor", "honorLabels", "honourLabels"),
        ("PrometheusRule", "expr", "expression"),
    ):
        misspelt = yaml.safe_load(re.sub(rf"\b{right}:", f"{wrong}:", yaml.safe_dump(found[kind])))
        assert misspelt != found[kind]
        assert list(faults(misspelt, schemas))


def _switches(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, bool]]:
    for name, value in values.items():
        if isinstance(value, bool):
            yield f"{above}{name}", value
        elif isinstance(value, dict):
            yield from _switches(value, f"{above}{name}.")


SWITCHES = list(_switches(yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))))
_NEEDED = {
    "ingress.enabled": "ingress.host=plimsoll.example.com",
    "autoscaling.enabled": "autoscaling.prometheus=http://prometheus:9090",
}


@pytest.mark.parametrize(("switch", "usual"), SWITCHES)
def test_each_option_alone_is_valid(
    switch: str, usual: bool, schemas: Mapping[str, jsonschema_rs.Validator]
) -> None:
    options = [f"{switch}={str(not usual).lower()}"]
    options += [_NEEDED[switch]] if switch in _NEEDED else []
    done = charts.render("smallest", "--set", ",".join(options))
    assert done.code == 0, done.err
    found = objects(done.out)
    assert found != objects(charts.render("smallest").out)
    assert [fault for each in found for fault in faults(each, schemas)] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("settings.PLIMSOLL_KAFKA_SECURITY_PROTOCOL=SASL_SSL", "asks for SASL: give"),
        ("ingress.enabled=true", "ingress.host is required"),
        ("ingress.enabled=true,gateway.enabled=false", "ingress.enabled needs gateway.enabled"),
        ("autoscaling.enabled=true", "autoscaling.prometheus is required"),
        (
            "autoscaling.enabled=true,autoscaling.prometheus=http://p,"
            "autoscaling.services.ingest.least=9",
            "autoscaling.services.ingest: least is more than most",
        ),
        ("certificates.configMap=a,certificates.secret=b", "not both"),
        (
            "settings.PLIMSOLL_KAFKA_SSL_CAFILE=/etc/plimsoll/certificates/ca.crt",
            "give certificates.configMap or certificates.secret",
        ),
        ("settings.PLIMSOLL_KAFKA_SASL_PASSWORD=open", "'PLIMSOLL_KAFKA_SASL_PASSWORD' not allow"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(options: str, told: str) -> None:
    done = charts.render("smallest", "--set", options)
    assert done.code != 0
    assert told in done.err


@pytest.mark.parametrize("prefix", ["plimsoll", "usage-alerts"])
def test_the_gateway_leads_to_the_services_of_its_release(prefix: str) -> None:
    found = objects(charts.render("smallest", "--set", f"fullnameOverride={prefix}").out)
    services = {
        each["metadata"]["name"]: {port["port"] for port in each["spec"]["ports"]}
        for each in found
        if each["kind"] == "Service"
    }
    (conf,) = [each["data"] for each in found if each["kind"] == "ConfigMap"]
    upstreams = re.findall(r"upstream (\w+) \{ server ([\w-]+):(\d+)", conf["default.conf"])
    assert {name: f"{prefix}-{name}" for name, *_ in upstreams} == {
        name: server for name, server, _ in upstreams
    }
    assert all(int(port) in services[server] for _, server, port in upstreams)
    assert conf["nginx.conf"] == (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
