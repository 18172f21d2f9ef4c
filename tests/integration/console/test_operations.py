"""Does it run, who did what, and who may see it."""

from tests.integration.console.test_today import opened
from tests.support.console import House


async def test_what_is_wrong_is_said_in_words(house: House) -> None:
    kato = await opened(house)
    page = await kato.get("/console/operations")
    assert (page.page, page.states()["operations"]) == ("operations", "ready")
    assert page.ids("service") == ["ingest", "trigger", "notifier"]
    assert page.ids("store") == ["postgres", "kafka"]
    assert "There is no process of ingest" in page.text


async def test_the_audit_log_is_for_those_who_answer_for_others(house: House) -> None:
    kato = await opened(house)
    assert (await kato.get("/console/operations/audit")).status == 403
    abe = await house.visitor("m1", "manager", name="Abe")
    page = await abe.get("/console/operations/audit")
    assert (page.page, page.states()["audit"]) == ("operations_audit", "ready")
    assert "person m1" in page.values("what")
    assert (await abe.get("/console/operations/audit?who=nobody")).states()["audit"] == "empty"
    assert (await abe.get("/console/operations/audit?from=x")).status == 422
    csv = await abe.get("/console/operations/audit?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")


async def test_a_key_is_shown_once_and_revoked_by_its_name(house: House) -> None:
    kato = await opened(house)
    assert (await kato.get("/console/operations/keys")).status == 403
    ito = await house.visitor("o1", "operator", name="Ito")
    path = "/console/operations/keys"
    made = await ito.post(path, {"name": "ci", "scopes": ["read"], "rate": "5"})
    assert made.status == 200
    assert ">pk_" in made.html
    page = await ito.get(path)
    assert (page.ids("key"), ">pk_" in page.html.split("new-key")[0]) == (["ci"], True)
    assert "new-key" not in page.html
    assert (await ito.post(path, {"name": "ci", "scopes": ["read"]})).status == 409
    assert (await ito.post(path, {"name": "x", "scopes": ["admin"]})).status == 403
    assert (await ito.post(f"{path}/ci", {"name": "cd"})).status == 422
    assert (await ito.post(f"{path}/ci", {"name": "ci"})).status == 303
    assert (await house.desk("GET", "/v1/keys"))["data"][0]["revoked_at"] is not None
    assert (await kato.post(path, {"name": "x", "scopes": ["read"]})).status == 403
