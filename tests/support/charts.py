"""The chart of deploy/helm: what it renders to, and Helm itself, built from its Go module.

The chart's renderings are kept in tests/fixtures/helm, so that they can be tested without Helm;
after a change of the chart `python -m tests.support.charts` writes them again. `charts.lock` pins
the modules, one a line: module version sum.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.embedded.jars import cache_root
from tests.support.pages import ROOT

CHART = ROOT / "deploy" / "helm" / "plimsoll"
RENDERED = ROOT / "tests" / "fixtures" / "helm"
NAMES = ("smallest", "production", "unusual")
KUBERNETES = "1.34.0"
_LOCK = Path(__file__).with_suffix(".lock")
_HELM, _KEDA, _OPERATOR = (
    "helm.sh/helm/v3",
    "github.com/kedacore/keda/v2",
    "github.com/prometheus-operator/prometheus-operator",
)
_RESOURCES = "example/prometheus-operator-crd/monitoring.coreos.com"
_DEFINITIONS = {
    "ScaledObject": (_KEDA, "config/crd/bases/keda.sh_scaledobjects.yaml"),
    "ServiceMonitor": (_OPERATOR, f"{_RESOURCES}_servicemonitors.yaml"),
    "PrometheusRule": (_OPERATOR, f"{_RESOURCES}_prometheusrules.yaml"),
}
"""Kinds that a cluster has only with KEDA or the Prometheus operator, and where these say what such
an object may hold."""
OF_OTHERS = frozenset(_DEFINITIONS)


Rendered = dict[str, Any]
"""An object of a cluster, as YAML has it."""


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


def values_of(name: str) -> Path:
    return CHART / "ci" / f"{name}-values.yaml"


def digest() -> str:
    """Of what a rendering is made of. It changes whenever one may have to. Not of the schema, which
    only refuses.
    """
    found = hashlib.sha256()
    for path in sorted(CHART.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix not in (".md", ".json"):
            found.update(f"{path.relative_to(CHART)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def header() -> str:
    return f"# Rendered by `python -m tests.support.charts` from the chart with sha256 {digest()}\n"


def file_of(name: str) -> Path:
    return RENDERED / f"{name}.yaml"


def objects(text: str) -> list[Rendered]:
    return [found for found in yaml.safe_load_all(text) if found is not None]


def kept(text: str) -> str:
    """A rendering without what is in the linked files, so that it stays when these change."""
    found = objects(text)
    for each in found:
        if each["kind"] == "ConfigMap":
            each["data"] = dict.fromkeys(each["data"], "a linked file")
        if each["kind"] == "PrometheusRule":
            each["spec"] = "a linked file"
        if each["kind"] == "Deployment":
            notes = each["spec"]["template"]["metadata"]["annotations"]
            if "checksum/configuration" in notes:
                notes["checksum/configuration"] = "of the linked files"
    return header() + yaml.safe_dump_all(found, sort_keys=False, width=100)


def has_go() -> bool:
    return shutil.which("go") is not None


@cache
def helm() -> Path:
    """The program, built once per user and version. Takes some minutes the first time."""
    version = _locked()[_HELM][0]
    folder = _cache() / f"helm-{version}"
    program = folder / "helm"
    if not program.exists():
        module(_HELM)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            _go("install", f"{_HELM}/cmd/helm@{version}", GOBIN=scratch)
            folder.mkdir(exist_ok=True)
            os.replace(Path(scratch) / "helm", program)
    return program


def run(*arguments: str | Path) -> Done:
    """Helm, with the Kubernetes that the tests are about. Its notes about linked files are left
    out.
    """
    done = subprocess.run(
        [helm(), *arguments, "--kube-version", KUBERNETES],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if "found symbolic link" not in line]
    return Done(done.returncode, done.stdout, "\n".join(told))


def render(name: str, *options: str) -> Done:
    return run("template", "plimsoll", CHART, "-n", "plimsoll", "-f", values_of(name), *options)


def module(name: str) -> Path:
    """The folder of a locked Go module. Raises AssertionError if it is not the one that is
    locked.
    """
    version, expected = _locked()[name]
    told = json.loads(_go("mod", "download", "-json", f"{name}@{version}"))
    assert told["Sum"] == expected, f"{name} {version} has the sum {told['Sum']}"
    return Path(told["Dir"])


def schema_of(kind: str, version: str) -> dict[str, Any]:
    """What such an object may hold, by those who serve it; strict: an unknown field is a fault."""
    name, file = _DEFINITIONS[kind]
    definition = yaml.safe_load((module(name) / file).read_text(encoding="utf-8"))
    (found,) = [each for each in definition["spec"]["versions"] if each["name"] == version]
    return _strict(found["schema"]["openAPIV3Schema"])


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema, with every object closed that does not say what else it takes."""
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {name: _strict(each) for name, each in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed.setdefault("additionalProperties", False)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            closed[name] = _strict(schema[name])
    return closed


def _locked() -> dict[str, tuple[str, str]]:
    rows = (line.split() for line in _LOCK.read_text(encoding="utf-8").splitlines())
    return {name: (version, expected) for name, version, expected in rows}


def _cache() -> Path:
    return cache_root(ROOT / ".venv" / "cache") / "charts"


def _go(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["go", *arguments],
        capture_output=True,
        text=True,
        timeout=1_500,
        check=False,
        env={**os.environ, "GOFLAGS": "-buildvcs=false", **environment},
        cwd=tempfile.gettempdir(),
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout


def main(names: Sequence[str] = NAMES) -> None:
    RENDERED.mkdir(exist_ok=True)
    for name in names:
        done = render(name)
        if done.code:
            raise SystemExit(done.err)
        file_of(name).write_text(kept(done.out), encoding="utf-8")


if __name__ == "__main__":
    main()
