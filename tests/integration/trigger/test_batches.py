"""POST /v1/accounts:batch: each account on its own, by the rules of the single endpoints; repeating
a batch changes nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import ACCOUNT, NOVEMBER, Desk, catalog, open_desk, order, plan

BATCH = "/v1/accounts:batch"


def item(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "name": f"Account {id}", **more}


async def put(desk: Desk, *items: Any, want: int = 200) -> dict[str, Any]:
    taken: dict[str, Any] = await desk("POST", BATCH, list(items), want=want)
    return taken


def results(taken: Mapping[str, Any]) -> list[str]:
    assert [one["index"] for one in taken["data"]] == list(range(len(taken["data"])))
    found = [one["result"] for one in taken["data"]]
    assert {kind: taken[kind] for kind in ("created", "updated", "unchanged", "refused")} == {
        kind: found.count(kind) for kind in ("created", "updated", "unchanged", "refused")
    }
    return found


async def test_what_a_batch_makes_is_what_the_single_addresses_make(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    limits = {
        "storage": {"limit": "12 GB", "thresholds": [50, {"at": "9 GB"}]},
        "seats": {"limit": "unlimited"},
    }
    await desk("PUT", "/v1/accounts/single", ACCOUNT, want=201)
    await desk("PUT", "/v1/accounts/single/subscription", order(quantity=3, price="9.50"))
    for meter, body in limits.items():
        await desk("PUT", f"/v1/accounts/single/limits/{meter}", body)
    whole = {
        "id": "many",
        **ACCOUNT,
        "subscription": order(quantity=3, price="9.50"),
        "limits": limits,
    }
    assert results(await put(desk, whole)) == ["created"]
    assert await _stored(desk, "many") == await _stored(desk, "single")
    assert results(await put(desk, whole)) == ["unchanged"]
    assert results(await put(desk, whole | {"name": "Other"}, {"id": "single", **ACCOUNT})) == [
        "updated",
        "unchanged",
    ]


async def _stored(desk: Desk, account: str) -> Any:
    shown = await desk("GET", f"/v1/accounts/{account}")
    history = await desk.rows(
        "select from_plan, to_plan, at from plan_change where account = :account", account=account
    )
    timers = await desk.rows(
        "select purpose, at from due where account = :account order by purpose", account=account
    )
    # What blocks an offer blocks since the moment of asking.
    shown["suppressions"] = [one["gate"] for one in shown["suppressions"]]
    return {**shown, "id": ""}, [tuple(row)[:2] for row in history], [tuple(row) for row in timers]


def _contact(id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "name": f"Person {id}",
        "role": "member",
        "email": None,
        "locale": None,
        **more,
    }


REFUSED: Sequence[tuple[Any, dict[str, str]]] = [
    (7, {"": "must be an object"}),
    ({"name": "x"}, {"/id": "is missing"}),
    (item("a/b"), {"/id": "must not hold a /"}),
    (item("tz", time_zone="Mars/Base"), {"/time_zone": ""}),
    (item("two", nmae="x", locale="?"), {"/nmae": "is not known here", "/locale": ""}),
    (
        item("plan", subscription=order("gold")),
        {"/subscription/plan": "is not one of the catalogue's plans: starter, pro"},
    ),
    (item("start", subscription={"plan": "pro"}), {"/subscription/started_at": "is missing"}),
    (
        item("meter", limits={"cpu": {"limit": 1}}),
        {"/limits/cpu": "is not a meter of the catalogue"},
    ),
    (
        item("none", limits={"seats": {}}),
        {"/limits/seats": "needs a limit, thresholds, or both"},
    ),
    (item("th", limits={"seats": {"thresholds": [0]}}), {"/limits/seats/thresholds/0": ""}),
    (
        item("contacts", contacts=[_contact("c1"), _contact("c1")]),
        {"/contacts/1/id": "is also the id of another contact"},
    ),
    (
        {"id": "unknown", "subscription": order()},
        {"/name": "is missing: no account has this id yet"},
    ),
    ({"id": "nameless", "locale": "en"}, {"/name": "is missing"}),
    (item("good"), {"/id": "is also the id of an earlier account in this batch"}),
]


async def test_each_is_answered_by_itself(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    taken = await put(
        desk, item("good"), *(one for one, _ in REFUSED), item("last", subscription=order())
    )
    assert results(taken) == ["created", *["refused"] * len(REFUSED), "created"]
    for told, (given, faults) in zip(taken["data"][1:-1], REFUSED, strict=True):
        assert {fault["path"] for fault in told["errors"]} >= faults.keys(), told
        reasons = {fault["path"]: fault["reason"] for fault in told["errors"]}
        assert all(reasons[path] == reason for path, reason in faults.items() if reason), told
        assert told["id"] == (given.get("id") if isinstance(given, dict) else None)
    stored = await desk.rows("select id from account order by id")
    assert [row.id for row in stored] == ["good", "last"]  # nothing that was refused


async def test_what_is_not_named_stays(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog())
    await put(
        desk,
        item(
            "a",
            contacts=[_contact("c1"), _contact("c2")],
            subscription=order(),
            limits={"seats": {"limit": 9}},
        ),
    )
    before = await desk("GET", "/v1/accounts/a")
    assert results(await put(desk, item("a"), {"id": "a2", "name": "x"})) == [
        "unchanged",
        "created",
    ]
    more = {
        "id": "a",
        "add_contacts": [_contact("c2", name="Ken"), _contact("c3")],
        "limits": {"storage": {"limit": 5}},
    }
    assert results(await put(desk, more)) == ["updated"]
    after = await desk("GET", "/v1/accounts/a")
    assert [(one["id"], one["name"]) for one in after["contacts"]] == [
        ("c1", "Person c1"),
        ("c2", "Ken"),
        ("c3", "Person c3"),
    ]
    assert (after["limits"].keys(), after["subscription"]) == (
        {"seats", "storage"},
        before["subscription"],
    )
    assert results(await put(desk, more)) == ["unchanged"]
    assert results(await put(desk, item("a", contacts=[]))) == ["updated"]
    assert (await desk("GET", "/v1/accounts/a"))["contacts"] == []


async def test_lines_and_an_object_are_read_like_an_array(desk: Desk) -> None:
    lines = (
        b'{"id": "l1", "name": "x"}\r\n\n{"id": "l2", "name": "x", "name": "y"}\n'
        b'not json\n{"id": "l3", "name": "\xff"}'
    )
    told = await desk.http.post(
        BATCH, content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    assert results(told.json()) == ["created", "refused", "refused", "refused"]
    assert [one["errors"][0]["reason"] for one in told.json()["data"][1:]] == [
        "names a key twice in one object",
        "is not JSON: Expecting value, line 1, column 1",
        "is not UTF-8",
    ]
    assert results(await desk("POST", BATCH, {"accounts": [item("l1"), item("l4")]})) == [
        "updated",
        "created",
    ]
    for name in (
        "application/ndjson",
        "application/jsonl",
        "application/jsonlines",
        "application/x-jsonlines",
    ):
        again = await desk.http.post(
            BATCH, content=b'{"id": "l1", "name": "x"}\n', headers={"Content-Type": name}
        )
        assert (again.status_code, again.json()["refused"]) == (200, 0), name


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 422),
        (b"", 400),
        (b'{"a": []}', 422),
        (b'"x"', 422),
        (b'[{"id":', 400),
        (b"[" * 100_000, 400),
        (b"[" + b"{}," * 1_000 + b"{}]", 413),
        (b"[" + b"1," * 2_000_000 + b"1]", 413),
        (b'{"accounts":[' + b"{}," * 200_000 + b"{}]}", 413),
    ],
)
async def test_an_invalid_batch_is_refused_as_a_whole(desk: Desk, body: bytes, status: int) -> None:
    told = await desk.http.post(BATCH, content=body, headers={"Content-Type": "application/json"})
    assert told.status_code == status, told.text


async def test_thresholds_are_looked_at_as_by_the_single_addresses(desk: Desk) -> None:
    """Usage from before the subscription, an own limit, a changed time zone, for each account."""
    await desk("PUT", "/v1/catalog", catalog())
    for account in ("u1", "u2"):
        await desk.counts("seats", 5, account=account)
    await put(
        desk,
        item("u1", subscription=order()),
        item("u2", subscription=order(), limits={"seats": {"limit": 50}}),
        item("u3"),
    )
    assert await desk.alerts("u1") == {
        80: "superseded",
        90: "superseded",
        95: "superseded",
        100: "open",
    }
    assert await desk.alerts("u2") == {}
    await put(
        desk,
        {"id": "u1", "limits": {"seats": {"limit": 10}}},
        {"id": "u2", "limits": {"seats": {"limit": 5}}},
    )
    assert (await desk.alerts("u1"))[100] == "resolved limit"
    assert (await desk.alerts("u2"))[100] == "open"
    (before,) = await desk.rows("select revision from subscription where account = 'u2'")
    assert results(await put(desk, item("u2", time_zone="Asia/Tokyo"))) == ["updated"]
    (after,) = await desk.rows("select revision from subscription where account = 'u2'")
    assert after.revision > before.revision


async def test_a_plan_change_in_a_batch_is_one(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", catalog(plan("starter", 1), plan("pro", 2, seats=50)))
    for number in range(3):
        await desk.counts("seats", 5, account=f"p{number}")
    await put(desk, *(item(f"p{number}", subscription=order()) for number in range(3)))
    assert (
        results(
            await put(
                desk, *({"id": f"p{number}", "subscription": order("pro")} for number in range(3))
            )
        )
        == ["updated"] * 3
    )
    assert [(await desk.alerts(f"p{number}"))[100] for number in range(3)] == ["resolved limit"] * 3
    rows = await desk.rows("select account, to_plan from plan_change order by id")
    assert [tuple(row) for row in rows] == [
        (f"p{number}", name) for name in ("starter", "pro") for number in range(3)
    ]
    revisions = await desk.rows("select count(distinct revision) as n from subscription")
    assert revisions[0].n == 1  # ingest picks them up together


async def test_an_account_that_fails_does_not_stop_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored about an account makes its evaluation fail; PostgreSQL alone refuses another.

    In one transaction with others.
    """
    monkeypatch.setattr(desk.watch.pace, "limit", 5)
    await desk("PUT", "/v1/catalog", catalog())
    await desk.counts("seats", 5, account="broken")
    state = (
        "insert into meter_state "
        "values ('broken', 'seats', '1970-01-01Z', null, '{\"marks\": 7}') returning 1"
    )
    await desk.rows(state)
    async with transaction(desk.context.engine) as conn:
        await conn.execute(text("alter table account add constraint odd check (id <> 'odd')"))
    try:
        taken = await put(
            desk,
            *(
                item(key, subscription=order())
                for key in ("w1", "w2", "broken", "w3", "w4", "odd", "w5", "w6")
            ),
        )
    finally:
        async with transaction(desk.context.engine) as conn:
            await conn.execute(text("alter table account drop constraint odd"))
    assert (
        results(taken)
        == ["created"] * 2 + ["refused"] + ["created"] * 2 + ["refused"] + ["created"] * 2
    )
    assert "cannot be worked on" in taken["data"][2]["errors"][0]["reason"]
    assert taken["data"][5]["errors"] == [
        {"path": "", "reason": "holds a value that cannot be stored"}
    ]
    assert (await desk.rows("select count(*) as n from subscription"))[0].n == 6
    await desk("GET", "/v1/accounts/broken", want=404)


async def test_batches_beside_each_other_and_the_single_address(desk: Desk) -> None:
    """The same accounts from three sides at a time: each is created once, without deadlock."""
    await desk("PUT", "/v1/catalog", catalog())
    items = [item(f"s{number:03}", subscription=order()) for number in range(60)]
    singles = [
        desk("PUT", f"/v1/accounts/s{number:03}", {"name": "x"}, want=(200, 201))
        for number in range(0, 60, 20)
    ]
    taken = await asyncio.gather(put(desk, *items), put(desk, *reversed(items)), *singles)
    assert taken[0]["refused"] == taken[1]["refused"] == 0
    assert taken[0]["created"] + taken[1]["created"] + 3 >= 60
    assert results(await put(desk, *items)).count("created") == 0
    assert (await desk.rows("select count(*) as n from plan_change"))[0].n == 60


async def test_judgement_plans_ahead_for_each(settings: Settings) -> None:
    """Renewal and daily look for accounts that begin and change, as through the single endpoint."""
    async with open_desk(settings, judgement=Judge(Catalogs())) as desk:
        await desk("PUT", "/v1/catalog", catalog())
        zones = ("UTC", "Asia/Tokyo", "America/New_York")
        items = [
            item(f"j{number}", time_zone=zone, subscription=order("pro"))
            for number, zone in enumerate(zones)
        ]
        await put(desk, *items)
        for number, zone in enumerate(zones):
            await desk("PUT", f"/v1/accounts/k{number}", {"name": "x", "time_zone": zone}, want=201)
            await desk("PUT", f"/v1/accounts/k{number}/subscription", order("pro"))
        assert await _ahead(desk, "j") == await _ahead(desk, "k")
        assert len(await _ahead(desk, "j")) == 6
        await put(
            desk, *(one | {"subscription": order("starter", started_at=NOVEMBER)} for one in items)
        )
        moved = await desk.rows(
            "select count(*) as n from account_record "
            "where account like 'j%' and started_at is not null"
        )
        assert moved[0].n == 3


async def _ahead(desk: Desk, letter: str) -> list[Any]:
    rows = await desk.rows(
        "select right(account, 1) as n, purpose, at, payload from due "
        "where account like :like order by 1, 2",
        like=f"{letter}%",
    )
    return [tuple(row) for row in rows]
