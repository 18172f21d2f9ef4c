"""The audit log: who changed what, in the transaction of the change, for those who may read it."""

import csv
import io
from typing import Any

from shared.kafka.clients import ensure_topics
from shared.security import person_tokens
from shared.security.api_keys import create_key
from tests.support.desk import ACCOUNT, Desk, catalog, order, plan

PATH = "/v1/accounts/acct-42"
KEY = {"kind": "key", "id": "PLIMSOLL_ADMIN_KEY"}


def signed_in(desk: Desk, person: str, *roles: str) -> dict[str, str]:
    token = person_tokens.issue(desk.context.signer, person, roles, "s-1", desk.now)
    return {"Authorization": f"Bearer {token}"}


async def log(desk: Desk, query: str = "", **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk("GET", f"/v1/audit{query}", **more))["data"]
    return found


async def test_changes_of_an_account_and_what_it_pays_for(desk: Desk) -> None:
    await desk.opens()
    await desk("PUT", PATH, ACCOUNT)
    renamed = ACCOUNT | {"name": "青空", "contacts": ACCOUNT["contacts"][:1]}
    await desk("PUT", PATH, renamed, headers={"X-Request-Id": "r-1"})
    await desk("PUT", f"{PATH}/subscription", order("pro"))
    await desk("PUT", f"{PATH}/limits/storage", {"limit": "12 GB"})
    await desk("PUT", f"{PATH}/limits/storage", {"limit": "12 GB"})
    await desk("DELETE", f"{PATH}/limits/storage", want=204)
    await desk("DELETE", f"{PATH}/limits/storage", want=204)
    found = await log(desk, "?what=acct-42")
    assert [(one["action"], one["what"]) for one in reversed(found)] == [
        ("create", "account acct-42"),
        ("change", "subscription acct-42"),
        ("change", "account acct-42"),
        ("change", "subscription acct-42"),
        ("create", "limit acct-42 storage"),
        ("delete", "limit acct-42 storage"),
    ]
    assert all(one["by"] == KEY for one in found)
    (changed,) = (one for one in found if one["request_id"] == "r-1")
    assert changed["before"] == {"name": "Aozora", "contacts": ACCOUNT["contacts"][1:]}
    assert changed["after"] == {"name": "青空", "contacts": []}
    moved = found[2]
    assert moved["before"]["subscription"]["plan"] == "starter"
    assert moved["after"]["subscription"]["plan"] == "pro"
    assert found[1]["after"] == {"limit": 12_000_000_000, "thresholds": None}
    (applied,) = await log(desk, "?what=catalogue")
    assert (applied["what"], applied["before"], applied["after"]) == (
        "catalogue 1",
        None,
        {"version": 1},
    )


async def test_a_batch_is_one_change_with_a_count(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    several = [{"id": f"a{n}", **ACCOUNT} for n in range(3)]
    for _ in range(2):
        await desk("POST", "/v1/accounts:batch", several)
    (one,) = await log(desk, "?what=accounts")
    assert (one["action"], one["after"]) == ("import", {"created": 3, "updated": 0})


async def test_what_people_do_is_theirs(desk: Desk) -> None:
    sold = catalog(plan("pro", 1, purchase="sales_assisted"), plan("enterprise", 2))
    await desk.opens(catalog=sold, subscription=order("pro"))
    kato = signed_in(desk, "u7", "csm")
    begun = await desk(
        "POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=201, headers=kato
    )
    entries = f"/v1/opportunities/{begun['id']}/entries"
    for _ in range(2):
        headers = kato | {"Idempotency-Key": "k1"}
        note = {"type": "note", "text": "canary words"}
        written = await desk("POST", entries, note, want=201, headers=headers)
    task = await desk("POST", f"{PATH}/tasks", {"title": "Call"}, want=201, headers=kato)
    await desk("POST", f"/v1/tasks/{task['id']}/entries", {"type": "start"}, want=201, headers=kato)
    abe = signed_in(desk, "m1", "manager")
    found = await log(desk, "?who=u7", headers=abe)
    assert [(one["action"], one["what"]) for one in reversed(found)] == [
        ("create", f"opportunity {begun['id']}"),
        ("note", f"opportunity {begun['id']}"),
        ("create", f"task {task['id']}"),
        ("start", f"task {task['id']}"),
    ]
    assert found[2]["after"] == {"entry": written["id"], "seq": written["seq"]}
    assert {one["by"]["kind"] for one in found} == {"person"}
    assert await log(desk, "?who=me", headers=abe) == []
    assert await log(desk, "?who=all", headers=abe) != found
    await desk("GET", "/v1/audit?who=me", want=422)


async def test_people_and_quotes_and_the_log_in(desk: Desk) -> None:
    await desk.opens()
    login = person_tokens.issue_login(desk.context.signer, desk.now)
    as_login = {"Authorization": f"Bearer {login}"}
    kato = {"name": "Kato", "roles": ["csm"]}
    await desk("PUT", "/v1/people/u9", kato, want=201, headers=as_login)
    await desk("PUT", "/v1/people/u9", kato | {"active": False}, headers=as_login)
    changed, made = await log(desk, "?what=person%20u9")
    assert made["by"] == changed["by"] == {"kind": "plimsoll", "id": "login"}
    assert (made["before"], changed["before"], changed["after"]) == (
        None,
        {"active": True},
        {"active": False},
    )
    quote = await desk("POST", f"{PATH}/quotes", {"plan": "pro"}, want=201)
    for _ in range(2):
        await desk("POST", f"/v1/quotes/{quote['id']}:accept")
    accepted, quoted = await log(desk, f"?what={quote['id']}")
    assert (quoted["action"], accepted["action"]) == ("create", "accept")
    assert (accepted["before"], accepted["after"]) == ({"plan": "starter"}, {"plan": "pro"})


async def test_facts_of_people_are_told_and_those_of_systems_are_not(desk: Desk) -> None:
    await ensure_topics(desk.context.settings)
    await desk.opens()
    event = {
        "specversion": "1.0",
        "id": "nps-1",
        "source": "/phone",
        "type": "nps.responded",
        "subject": "acct-42",
        "time": desk.now.isoformat(),
        "data": {"score": 9, "contact": "c1"},
    }
    media = {"Content-Type": "application/cloudevents+json"}
    await desk("POST", "/v1/signals", event, want=202, headers=media)
    kato = signed_in(desk, "u7", "csm")
    await desk("POST", "/v1/signals", event, want=202, headers=media | kato)
    wrong = event | {"data": {"score": 11}}
    await desk("POST", "/v1/signals", wrong, want=422, headers=media | kato)
    (sent,) = await log(desk, "?what=facts")
    assert (sent["by"], sent["what"]) == ({"kind": "person", "id": "u7"}, "facts acct-42")
    assert sent["after"] == {"count": 1, "types": ["nps.responded"]}
    await desk.learns("nps.responded", {"score": 9, "contact": "c1"})
    (fact,) = (await desk("GET", f"{PATH}/facts"))["data"]
    for _ in range(2):
        await desk("DELETE", f"{PATH}/facts/{fact['fact']}", want=204, headers=kato)
    assert [one["action"] for one in await log(desk, "?what=fact")] == ["take_back"]


async def test_who_reads_it_page_by_page_and_as_csv(desk: Desk) -> None:
    await desk.opens()
    read = await create_key(desk.context.engine, "reader", ["read", "accounts:write"])
    await desk("GET", "/v1/audit", want=403, headers={"Authorization": f"Bearer {read}"})
    for roles, status in ((["csm"], 403), (["planner"], 403), (["operator"], 200)):
        await desk("GET", "/v1/audit", want=status, headers=signed_in(desk, "u7", *roles))
    everything = await log(desk)
    first = await desk("GET", "/v1/audit?limit=2")
    second = await desk("GET", f"/v1/audit?limit=2&cursor={first['next_cursor']}")
    assert [*first["data"], *second["data"]] == everything
    assert await log(desk, f"?from={desk.now.date()}") == everything
    assert await log(desk, f"?to={desk.now.date()}") == []
    sheet = await desk.http.get("/v1/audit?what=account", headers={"Accept": "text/csv"})
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["by.id"], row["what"], row["before"]) == (KEY["id"], "account acct-42", "")
    assert '"name":"Aozora"' in row["after"]


async def test_what_is_refused_is_no_change(desk: Desk) -> None:
    await desk.opens()
    before = await log(desk)
    await desk("PUT", PATH, ACCOUNT | {"csm": {"id": "nobody"}}, want=422)
    await desk("PUT", f"{PATH}/subscription", order("gold"), want=422)
    await desk("PUT", "/v1/accounts/other/limits/storage", {"limit": 1}, want=404)
    assert await log(desk) == before


async def test_an_erased_account_is_in_it_by_its_hash_alone(desk: Desk) -> None:
    await desk.opens()
    begun = await desk("DELETE", PATH, want=202)
    await desk("DELETE", PATH, want=202)
    one, before, *_ = await log(desk, "?what=account")
    assert (one["action"], one["what"]) == ("erase", f"account {begun['erasure']}")
    assert before["action"] == "create"
