"""The gateway sends every path to the service that has it."""

import re

import pytest
import yaml

from services.notifier.inbox.stream import MOST_STREAMS
from tests.support.gateway import chosen, read_locations
from tests.support.pages import ROOT
from tests.unit.deploy.conftest import Offered

LOCATIONS = read_locations(ROOT / "deploy" / "gateway.conf")
_EVERY_SERVICE_HAS = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/v1/test-clock",
    "/v1/test-faults",
    "/v1/parked",
    "/v1/parked/some-id:retry",
}


def test_every_path_goes_to_the_service_that_has_it(offered: Offered) -> None:
    paths = {
        re.sub(r"\{\w+\}", "some-id", path): service
        for service, found in offered.items()
        for _, path in found
    }
    sent = {path: chosen(LOCATIONS, path).upstream for path in paths}
    wrong = {
        path: upstream
        for path, upstream in sent.items()
        if path not in _EVERY_SERVICE_HAS and upstream != paths[path]
    }
    assert wrong == {}
    assert set(sent.values()) >= set(offered)


@pytest.mark.parametrize("service", ["ingest", "trigger", "notifier"])
def test_each_services_description_can_be_read(service: str) -> None:
    location = chosen(LOCATIONS, f"/openapi/{service}.json")
    assert f"proxy_pass http://{service}/openapi.json;" in location.body


def test_one_description_of_all_services() -> None:
    assert (
        "proxy_pass http://trigger/openapi/whole.json;" in chosen(LOCATIONS, "/openapi.json").body
    )


def test_metrics_are_not_for_everybody() -> None:
    assert chosen(LOCATIONS, "/metrics").upstream is None


def test_one_worker_holds_as_many_streams_as_a_notifier_takes() -> None:
    """A stream is two connections for nginx, and its workers do not share them evenly."""
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    connections, files = (
        int(re.findall(rf"{name} (\d+);", conf)[0])
        for name in ("worker_connections", "worker_rlimit_nofile")
    )
    assert connections >= 2 * MOST_STREAMS
    assert files >= 2 * connections
    assert (
        "./deploy/nginx.conf:/etc/nginx/nginx.conf:ro" in (ROOT / "docker-compose.yml").read_text()
    )


def test_a_stream_is_not_held_back() -> None:
    body = chosen(LOCATIONS, "/v1/inbox/stream").body
    assert "proxy_buffering off;" in body
    assert re.search(r"proxy_read_timeout (\d+)([mh]);", body)


def test_it_finds_each_service_where_the_compose_file_has_it() -> None:
    conf = (ROOT / "deploy" / "gateway.conf").read_text()
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    upstreams = re.findall(r"upstream (\w+) \{ server (\w+):(\d+)[^;]*;", conf)
    assert upstreams == [
        (name, name, "8000") for name in ("ingest", "trigger", "notifier", "console")
    ]
    assert all(name in compose for name, *_ in upstreams)
    assert re.findall(r"listen (\d+);", conf) == [compose["gateway"]["ports"][0].split(":")[-1]]


def test_it_packs_nothing_itself() -> None:
    """The console knows which answers may be packed, and how."""
    for name in ("gateway.conf", "nginx.conf"):
        assert "gzip" not in (ROOT / "deploy" / name).read_text("utf-8")
