"""Versions of the catalogue over HTTP: checked, applied, listed, compared."""

from pathlib import Path
from typing import Any

from tests.support.desk import Desk

DEMO = (Path(__file__).parents[3] / "plimsoll" / "demo" / "catalog.yaml").read_text()
YAML = {"Content-Type": "application/yaml"}


async def put(desk: Desk, text: str, *, want: int = 200, path: str = "/v1/catalog") -> Any:
    method = "POST" if ":" in path else "PUT"
    answer = await desk.http.request(method, path, content=text.encode(), headers=YAML)
    assert answer.status_code == want, answer.text
    return answer.json()


async def test_faults_and_warnings_have_lines(desk: Desk) -> None:
    line = DEMO.splitlines().index("    purchase: self_serve") + 1
    wrong = DEMO.replace("purchase: self_serve", "purchase: self_servic", 1)
    for path in ("/v1/catalog", "/v1/catalog:check"):
        (fault,) = (await put(desk, wrong, want=422, path=path))["errors"]
        assert (fault["path"], fault["line"], fault["column"]) == ("/plans/0/purchase", line, 5)
    both = DEMO.replace("rank: 1\n", "rank: 1\n    target: true\n", 1)
    found = await put(desk, both, path="/v1/catalog:check")
    assert found["version"] is None
    (warned,) = [one for one in found["warnings"] if "several_target" in one["reason"]]
    at = both.splitlines()[warned["line"] - 1]
    assert (warned["path"], at[warned["column"] - 1 :]) == ("/plans/1/target", "target: true")
