"""Our people: what accounts take from them, who may act for whom, and what becomes of what is
theirs.
"""

from datetime import UTC, datetime

from shared.security import person_tokens
from shared.security.api_keys import create_key
from tests.support.desk import ACCOUNT, Desk, catalog, order, plan

KATO = {"name": "Kato", "roles": ["csm"]}
DEFAULTS = {
    "email": None,
    "manager": None,
    "active": True,
    "locale": "en",
    "time_zone": "UTC",
    "sales_trained": True,
    "close_authority": None,
}
ACCOUNT_PATH = "/v1/accounts/acct-42"
SALES = catalog(plan("pro", 1, purchase="sales_assisted"), plan("enterprise", 2))


def faults(problem: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    return [(one["path"], one["reason"]) for one in problem["errors"]]


async def test_a_person_is_put_shown_and_listed(desk: Desk) -> None:
    shown = {"id": "u7", **DEFAULTS, **KATO}
    assert await desk("PUT", "/v1/people/u7", KATO, want=201) == shown
    assert await desk("PUT", "/v1/people/u7", KATO) == shown
    assert await desk("GET", "/v1/people/u7") == shown
    await desk("GET", "/v1/people/u8", want=404)
    more = {"roles": ["manager", "admin"], "email": "M@example.com", "close_authority": "50000"}
    manager = await desk("PUT", "/v1/people/m1", {"name": "Abe", **more}, want=201)
    assert (manager["roles"], manager["close_authority"]) == (["manager", "admin"], "50000.00")
    listed = await desk("GET", "/v1/people?role=manager&active=true&email=m@EXAMPLE.com")
    assert [one["id"] for one in listed["data"]] == ["m1"]
    assert (await desk("GET", "/v1/people?active=false"))["data"] == []
    first = await desk("GET", "/v1/people?limit=1")
    after = await desk("GET", f"/v1/people?limit=1&cursor={first['next_cursor']}")
    assert {first["data"][0]["id"], after["data"][0]["id"]} == {"u7", "m1"}


async def test_an_address_is_one_active_persons_and_managers_make_no_circle(desk: Desk) -> None:
    await desk("PUT", "/v1/people/u7", {**KATO, "email": "kato@example.com"}, want=201)
    other = {"name": "Mori", "roles": [], "email": "KATO@example.com"}
    assert [one for one, _ in faults(await desk("PUT", "/v1/people/s1", other, want=422))] == [
        "/email"
    ]
    await desk("PUT", "/v1/people/s1", {**other, "active": False}, want=201)
    for id, manager in (("u7", "u7"), ("u7", "nobody")):
        refused = await desk("PUT", f"/v1/people/{id}", {**KATO, "manager": manager}, want=422)
        assert [path for path, _ in faults(refused)] == ["/manager"]
    await desk(
        "PUT", "/v1/people/m1", {"name": "Abe", "roles": ["manager"], "manager": "u7"}, want=201
    )
    refused = await desk("PUT", "/v1/people/u7", {**KATO, "manager": "m1"}, want=422)
    assert faults(refused)[0][1].startswith("would be a circle")
    assert await desk("PUT", "/v1/people/u7", {"name": "Kato"}, want=422)


async def test_what_an_account_leaves_out_comes_from_the_person(desk: Desk) -> None:
    await desk("PUT", "/v1/people/u7", {**KATO, "email": "k@example.com"}, want=201)
    account = ACCOUNT | {"csm": {"id": "u7"}, "ae": {"id": "s1", "name": "Mori"}}
    made = await desk("PUT", ACCOUNT_PATH, account, want=201)
    assert (made["csm"]["name"], made["csm"]["email"]) == ("Kato", "k@example.com")
    seller = await desk("GET", "/v1/people/s1")
    assert (seller["name"], seller["roles"]) == ("Mori", ["sales"])
    stated = {"id": "u7", "name": "Kato-san", "sales_trained": False}
    shown = await desk("PUT", ACCOUNT_PATH, account | {"csm": stated})
    assert (shown["csm"]["name"], shown["csm"]["email"]) == ("Kato-san", "k@example.com")
    await desk(
        "PUT", "/v1/people/u7", {"name": "Kat", "roles": ["csm"], "email": "new@example.com"}
    )
    csm = (await desk("GET", ACCOUNT_PATH))["csm"]
    assert (csm["name"], csm["email"], csm["sales_trained"]) == (
        "Kato-san",
        "new@example.com",
        False,
    )
    person = await desk("GET", "/v1/people/u7")
    assert (person["name"], person["sales_trained"]) == ("Kat", True)


async def test_an_unknown_csm_needs_a_name_and_becomes_a_person(desk: Desk) -> None:
    refused = await desk("PUT", ACCOUNT_PATH, ACCOUNT | {"csm": {"id": "u9"}}, want=422)
    assert [path for path, _ in faults(refused)] == ["/csm/name"]
    nobody = {"id": "b", **ACCOUNT, "csm": {"id": "u9"}}
    somebody = {"id": "c", **ACCOUNT, "ae": {"id": "u7", "name": "Kato"}}
    batch = await desk("POST", "/v1/accounts:batch", [nobody, somebody])
    assert [one["result"] for one in batch["data"]] == ["refused", "created"]
    assert batch["data"][0]["errors"][0]["path"] == "/csm/name"
    both = await desk("GET", "/v1/people/u7")
    assert (both["roles"], both["email"]) == (["csm", "sales"], "kato@example.com")
    taken = {"id": "x1", "name": "Kato", "email": "Kato@example.com"}
    await desk("PUT", ACCOUNT_PATH, ACCOUNT | {"csm": taken}, want=201)
    assert (await desk("GET", "/v1/people/x1"))["email"] is None


async def test_who_acts(desk: Desk) -> None:
    await desk.opens(catalog=SALES, subscription=order("pro"))
    path = "/v1/opportunities"
    begun = await desk("POST", f"{ACCOUNT_PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    entries, note = f"{path}/{begun['id']}/entries", {"type": "note", "text": "Called."}
    read = await create_key(desk.context.engine, "reader", ["read", "accounts:write"])
    work = await create_key(desk.context.engine, "worker", ["work:write"])
    acts = {"Authorization": f"Bearer {work}"}
    await desk("POST", entries, note, want=403, headers={"Authorization": f"Bearer {read}"})
    await desk("POST", entries, note, want=401, headers={"Authorization": "Bearer none"})
    await desk("PUT", "/v1/people/old", {**KATO, "active": False}, want=201)
    for person, code in ((None, "no_person"), ("u8", "unknown_person"), ("old", "inactive")):
        named = {"Plimsoll-Person": person} if person else {}
        refused = await desk("POST", entries, note, want=403, headers=acts | named)
        assert refused["errors"][0]["reason"] == code
    unknown = f"{path}/unknown/entries"
    await desk("POST", unknown, note, want=403, headers=acts)
    await desk("POST", unknown, {"type": 1}, want=404, headers=acts | {"Plimsoll-Person": "u7"})
    await desk(
        "POST", entries, {"type": "note"}, want=422, headers=acts | {"Plimsoll-Person": "u7"}
    )
    written = await desk("POST", entries, note, want=201, headers=acts | {"Plimsoll-Person": "u7"})
    assert (written["by"], written["body"]) == (
        {"kind": "person", "id": "u7"},
        {"text": "Called."},
    )
    by_key = await desk("POST", entries, note, want=201)
    assert by_key["by"] == {"kind": "key", "id": "PLIMSOLL_ADMIN_KEY"}
    mine = await desk("GET", f"{path}?owner=me", headers={"Plimsoll-Person": "u7"})
    assert [one["owner"]["id"] for one in mine["data"]] == ["u7"]
    assert faults(await desk("GET", f"{path}?owner=me", want=422))[0][0] == "query.owner"


async def test_who_is_signed_in_acts_without_a_header_and_only_as_themselves(desk: Desk) -> None:
    def signed_in(person: str, *roles: str) -> dict[str, str]:
        token = person_tokens.issue(desk.context.signer, person, roles, "s-1", desk.now)
        return {"Authorization": f"Bearer {token}"}

    await desk.opens(catalog=SALES, subscription=order("pro"))
    path = "/v1/opportunities"
    begun = await desk("POST", f"{ACCOUNT_PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    entries, note = f"{path}/{begun['id']}/entries", {"type": "note", "text": "Called."}
    kato = signed_in("u7", "csm")
    written = await desk("POST", entries, note, want=201, headers=kato)
    assert written["by"] == {"kind": "person", "id": "u7"}
    for headers, code in (
        (kato | {"Plimsoll-Person": "s1"}, "not_your_role"),
        (signed_in("p1", "planner"), "not_your_role"),
        (signed_in("nobody", "admin"), "unknown_person"),
    ):
        refused = await desk("POST", entries, note, want=403, headers=headers)
        assert refused["errors"][0]["reason"] == code
    other = await desk("PUT", "/v1/people/s1", {"name": "Mori", "roles": ["csm"]}, want=201)
    move = {"type": "move", "to": "nurture"}
    refused = await desk("POST", entries, move, want=403, headers=signed_in(other["id"], "csm"))
    assert faults(refused) == [("/type", "not_owner")]
    assert refused["detail"].startswith("This is Kato's (u7)")
    task = await desk("POST", f"{ACCOUNT_PATH}/tasks", {"title": "Call"}, want=201, headers=kato)
    path_of_task, start = f"/v1/tasks/{task['id']}/entries", {"type": "start"}
    refused = await desk("POST", path_of_task, start, want=403, headers=signed_in("s1", "csm"))
    assert refused["detail"].startswith("This is Kato's (u7)")
    for what in (path, "/v1/tasks"):
        mine = await desk("GET", f"{what}?owner=me", headers=kato)
        assert {one["owner"]["id"] for one in mine["data"]} <= {"u7"}
    assert [one["id"] for one in (await desk("GET", f"{path}?owner=me", headers=kato))["data"]] == [
        begun["id"]
    ]


async def test_what_is_theirs_goes_to_the_new_csm_and_to_the_manager(desk: Desk) -> None:
    await desk.opens(catalog=SALES, subscription=order("pro"))
    await desk("PUT", "/v1/people/m1", {"name": "Abe", "roles": ["manager"]}, want=201)
    begun = await desk("POST", f"{ACCOUNT_PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    path = f"/v1/opportunities/{begun['id']}"
    assert begun["owner"]["id"] == "u7"
    await desk("PUT", ACCOUNT_PATH, ACCOUNT | {"csm": {"id": "u8", "name": "Sato"}})
    assert (await desk("GET", path))["owner"] == {"role": "cs", "id": "u8", "name": "Sato"}
    sato = {"name": "Sato", "roles": ["csm"], "manager": "m1", "active": False}
    await desk("PUT", "/v1/people/u8", sato)
    assert (await desk("GET", path))["owner"] == {"role": "cs", "id": "m1", "name": "Abe"}
    moved = await desk("GET", f"{path}/entries?type=owner")
    assert [one["body"]["person"] for one in moved["data"]] == ["m1", "u8"]
    assert {one["by"]["kind"] for one in moved["data"]} == {"plimsoll"}
    assert (await desk("GET", ACCOUNT_PATH))["csm"]["id"] == "u8"


async def test_csm_and_seller_change_places(desk: Desk) -> None:
    """Each has what was the other's."""
    seller = {"id": "s1", "name": "Mori"}
    await desk.opens(catalog=SALES, subscription=order("pro"), ae=seller)
    begun = await desk("POST", f"{ACCOUNT_PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    assert begun["owner"]["id"] == "u7"
    task = {"title": "Call", "owner": "s1"}
    made = await desk("POST", f"{ACCOUNT_PATH}/tasks", task, want=201)
    await desk("PUT", ACCOUNT_PATH, ACCOUNT | {"csm": seller, "ae": {"id": "u7"}})
    assert (await desk("GET", f"/v1/opportunities/{begun['id']}"))["owner"]["id"] == "s1"
    assert (await desk("GET", f"/v1/tasks/{made['id']}"))["owner"]["id"] == "u7"


async def test_what_judgement_opens_for_a_csm_who_has_left_is_their_managers(desk: Desk) -> None:
    sold = catalog(
        plan("pro", 1, purchase="sales_assisted"),
        plan("enterprise", 2, features=["core", "certs"]),
        frameworks={"SOC2": ["certs"]},
    )
    await desk.opens(catalog=sold, subscription=order("pro", datetime(2025, 1, 1, tzinfo=UTC)))
    await desk("PUT", "/v1/people/m1", {"name": "Abe", "roles": ["manager"]}, want=201)
    await desk("PUT", "/v1/people/u7", KATO | {"manager": "m1", "active": False})
    await desk.learns("compliance.need", {"framework": "SOC2", "deadline": "2026-12-15"})
    (found,) = (await desk("GET", "/v1/opportunities?account=acct-42"))["data"]
    assert (found["owner"]["id"], found["owner"]["name"]) == ("m1", "Abe")
    tasks = (await desk("GET", "/v1/tasks?account=acct-42"))["data"]
    assert {one["owner"]["id"] for one in tasks} == {"m1"}


async def test_r_179_notices_name_who_stands_in_for_a_csm_who_has_left(desk: Desk) -> None:
    """Without any deal that says who deals with the customer. Nobody there: nobody is named."""
    await desk.opens()
    for n in (1, 2):
        boss = {"name": f"Boss {n}", "roles": ["manager"], "email": f"b{n}@example.com"}
        await desk("PUT", f"/v1/people/m{n}", boss, want=201)
    await desk("PUT", "/v1/people/m1", boss | {"manager": "m2", "active": False})
    gone = KATO | {"active": False}
    for used, kato, named in (
        (80, KATO | {"manager": "m1"}, "Kato"),
        (90, gone | {"manager": "m1"}, "Boss 2"),
        (95, gone, None),
    ):
        await desk("PUT", "/v1/people/u7", kato)
        await desk.counts("api_calls", used)
        owner = (await desk.notices())[-1].facts.owner
        assert (owner.name if owner else None) == named
    assert (await desk("GET", ACCOUNT_PATH))["csm"]["name"] == "Kato"
