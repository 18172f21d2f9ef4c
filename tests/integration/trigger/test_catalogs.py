"""Versions of the catalogue over HTTP: checked, applied, listed, compared."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.values.quantities import dumps
from tests.support.desk import ACCOUNT, NOVEMBER, Desk, order

DEMO = (Path(__file__).parents[3] / "plimsoll" / "demo" / "catalog.yaml").read_text()
YAML = {"Content-Type": "application/yaml"}
ASKING_YAML = {"Accept": "application/yaml"}
DAY = timedelta(days=1)


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


async def test_versions_with_who_when_and_how_many(desk: Desk) -> None:
    desk.at(NOVEMBER)
    first = f"# ours\n{DEMO}"
    assert (await put(desk, first))["version"] == 1
    desk.at(NOVEMBER + DAY)
    for account in ("one", "two"):
        await desk("PUT", f"/v1/accounts/{account}", ACCOUNT, want=201)
        await desk("PUT", f"/v1/accounts/{account}/subscription", order("starter"))
    ends = {"at": "2026-11-01T12:00:00Z"}
    await desk("DELETE", "/v1/accounts/two/subscription", params=ends, want=204)
    desk.at(NOVEMBER + 2 * DAY)
    assert (await put(desk, DEMO.replace("month: 49", "month: 59")))["version"] == 2
    await desk("PUT", "/v1/accounts/three", ACCOUNT, want=201)
    await desk("PUT", "/v1/accounts/three/subscription", order("starter"))
    found = (await desk("GET", "/v1/catalogs"))["data"]
    assert [(one["version"], one["applied_at"][:10], one["accounts"]) for one in found] == [
        (2, "2026-11-03", 1),
        (1, "2026-11-01", 1),
    ]
    assert found[0]["applied_by"] == {"kind": "key", "id": "PLIMSOLL_ADMIN_KEY"}
    desk.at(NOVEMBER + 3 * DAY)
    assert (await put(desk, first))["version"] == 1
    page = await desk("GET", "/v1/catalogs", params={"limit": 1})
    assert [(one["version"], one["applied_at"][:10]) for one in page["data"]] == [(1, "2026-11-04")]
    page = await desk("GET", "/v1/catalogs", params={"limit": 1, "cursor": page["next_cursor"]})
    assert ([one["version"] for one in page["data"]], page["next_cursor"]) == ([2], None)


async def test_a_version_as_it_was_written_and_as_it_is_stored(desk: Desk) -> None:
    first = f"# ours\n{DEMO}"
    await put(desk, first)
    shown = await desk.http.get("/v1/catalogs/1", headers=ASKING_YAML)
    assert (shown.text, shown.headers["etag"]) == (first, '"1"')
    assert shown.headers["content-type"] == "application/yaml; charset=utf-8"
    other = first.replace("# ours", "# everybody's")
    assert (await put(desk, other))["version"] == 1
    assert (await desk.http.get("/v1/catalogs/1", headers=ASKING_YAML)).text == other
    assert await desk("GET", "/v1/catalogs/1") == await desk("GET", "/v1/catalog")
    document = {**await desk("GET", "/v1/catalog"), "currency": "EUR"}
    del document["version"]
    taken = await desk.http.put(
        "/v1/catalog", content=dumps(document), headers={"Content-Type": "application/json"}
    )
    assert (taken.json()["version"], taken.headers["etag"]) == (2, '"2"')
    written = await desk.http.get("/v1/catalogs/2", headers=ASKING_YAML)
    assert (await put(desk, written.text))["version"] == 2
    await desk("GET", "/v1/catalogs/3", want=404)
    await desk("GET", "/v1/catalogs/0", want=422)


async def test_nobody_overwrites_what_they_have_not_seen(desk: Desk) -> None:
    async def puts(text: str, match: str) -> Any:
        headers = YAML | {"If-Match": match}
        return await desk.http.put("/v1/catalog", content=text.encode(), headers=headers)

    assert (await puts(DEMO, '"0"')).json()["version"] == 1
    assert (await puts(DEMO.replace("month: 49", "month: 59"), '"1"')).json()["version"] == 2
    late = await puts(DEMO.replace("month: 49", "month: 69"), '"1"')
    assert late.status_code == 412
    assert late.json()["errors"] == [{"path": "header.If-Match", "reason": "version 2 is in force"}]
    assert (await desk("GET", "/v1/catalog"))["version"] == 2
    assert (await puts(DEMO, '"0"')).status_code == 412
    assert (await puts(DEMO, "*")).json()["version"] == 1


async def test_what_would_change_and_for_how_many(desk: Desk) -> None:
    await put(desk, DEMO)
    for account, sold in (("one", "starter"), ("two", "starter"), ("three", "pro")):
        await desk("PUT", f"/v1/accounts/{account}", ACCOUNT, want=201)
        await desk("PUT", f"/v1/accounts/{account}/subscription", order(sold))
    dearer = DEMO.replace("month: 49,", "month: 59,")
    tried = await put(desk, dearer, path="/v1/catalog?dry_run=true")
    assert (tried["version"], tried["changes"]["from"], tried["changes"]["to"]) == (0, 1, None)
    assert tried["changes"]["others"] == {
        "total": 1,
        "changes": [{"path": "/plans/starter/price/month", "before": 49, "after": 59}],
    }
    assert (await desk("GET", "/v1/catalog"))["version"] == 1
    assert (await put(desk, dearer))["version"] == 2
    found = await desk("GET", "/v1/catalogs/1/differences/2")
    assert found == {**tried["changes"], "to": 2}
    assert [(one["group"], one["total"]) for one in found["groups"]] == [
        (group, 0) for group in ("features", "limits", "support", "security", "integrations")
    ]
    assert found["affected"] == {
        "accounts": 2,
        "at_once": 0,
        "plans": [{"plan": "starter", "accounts": 2}],
        "meters": [],
    }
    assert (await desk("GET", "/v1/catalogs/2/differences/2"))["same"] is True
    await desk("GET", "/v1/catalogs/1/differences/3", want=404)
    counted = DEMO.replace("event: storage.measured", "event: storage.counted")
    tried = await put(desk, counted, path="/v1/catalog?dry_run=true")
    assert tried["changes"]["affected"]["at_once"] == 3
    headers = YAML | {"If-Match": '"1"'}
    answer = await desk.http.put(
        "/v1/catalog?dry_run=true", content=dearer.encode(), headers=headers
    )
    assert answer.status_code == 412
