"""Metrics that the dashboard, the alert rules and the pages name exist, with the labels that they
use; and every metric is explained.
"""

import json
import re
from collections.abc import Iterator

import yaml
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics
from tests.support.description import operations
from tests.support.pages import OPERATORS, ROOT, anchors, named, pages, rows, section

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "plimsoll.json"
_NAME = r"\bplimsoll_[a-z]+(?:_[a-z]+)*\b"
_NO_METRIC = "plimsoll_task_key"  # HubSpot's property
_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("", "_bucket", "_count", "_sum")}
_OF_PROMETHEUS = {
    "le",
    "job",
    "instance",
    "service",
}  # `service` is a label of the targets in prometheus.yml


def series() -> dict[str, str]:
    """Each name that Prometheus knows, to the metric that it belongs to."""
    families = list(metrics.REGISTRY.collect())
    return {
        family.name + suffix: family.name
        for family in families
        for suffix in _SUFFIXES[family.type]
    }


def labels_of(family: str) -> set[str]:
    declared = [item for item in vars(metrics).values() if isinstance(item, MetricWrapperBase)]
    (found,) = [item for item in declared if next(iter(item.describe())).name == family]
    return set(found._labelnames)


def expressions() -> Iterator[str]:
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_name_of_a_metric_is_one() -> None:
    found = named(_NAME, [*PROMETHEUS.iterdir(), DASHBOARD, *pages()])
    assert len(found) > 10
    assert {
        name: files for name, files in found.items() if name not in {*series(), _NO_METRIC}
    } == {}


def test_every_expression_is_one_of_metrics_with_their_labels() -> None:
    for expression in expressions():
        names = re.findall(_NAME, expression)
        assert names or "up{" in expression, expression
        known = _OF_PROMETHEUS.union(*(labels_of(series()[name]) for name in names))
        used = {
            label
            for inner in re.findall(r"\bby \(([^)]*)\)", expression)
            for label in inner.split(", ")
        }
        used |= {
            label
            for inner in re.findall(r"\{([^}]*)\}", expression)
            for label in re.findall(r"(\w+)\s*[=!]", inner)
        }
        assert used <= known, expression
        assert expression.count("(") == expression.count(")"), expression


def test_the_operators_page_explains_every_metric_with_its_labels() -> None:
    told: dict[str, set[str]] = {}
    for first, *_ in rows(section(OPERATORS, "Watch")):
        for name, labels in re.findall(rf"`({_NAME})(?:\{{([a-z,]+)\}})?`", first):
            told[series()[name]] = set(labels.split(",")) - {""}
    assert told == {family: labels_of(family) for family in set(series().values())}


async def test_a_first_dead_letter_is_an_increase() -> None:
    """`increase()` does not see a series begin at 1: each channel's must be there at 0."""
    await operations("notifier")
    shown = metrics.exposition()[0].decode()
    for channel in ("email", "hubspot", "webhook"):
        assert f'plimsoll_dead_total{{channel="{channel}"}} ' in shown


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    rules = [
        rule
        for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 5
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert anchor in anchors(ROOT / page), rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]


def test_prometheus_finds_the_services_where_the_compose_file_has_them() -> None:
    prometheus = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    assert [name for name in prometheus["rule_files"] if not (PROMETHEUS / name).exists()] == []
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    (job,) = prometheus["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert set(found["names"]) == {"ingest", "trigger", "notifier", "console"} <= set(compose)
    assert str(found["port"]) == compose["ingest"]["environment"]["PLIMSOLL_METRICS_PORT"]
    assert {"source_labels": ["__meta_dns_name"], "target_label": "service"} in job[
        "relabel_configs"
    ]
    assert set(re.findall(r'up\{job="(\w+)"', " ".join(expressions()))) == {job["job_name"]}


def test_grafana_finds_its_source_and_its_dashboard() -> None:
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "plimsoll.yml").read_text())[
        "providers"
    ]
    mounted = {volume.split(":")[1]: volume.split(":")[0] for volume in _compose_volumes("grafana")}
    assert mounted[provider["options"]["path"]] == "./deploy/grafana/dashboards"
    used = {panel["datasource"]["uid"] for panel in json.loads(DASHBOARD.read_text())["panels"]}
    assert used == {source["uid"]}


def _compose_volumes(service: str) -> list[str]:
    volumes: list[str] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][
        service
    ]["volumes"]
    return volumes
