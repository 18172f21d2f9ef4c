"""Facts that cannot be true of an account are refused with path and reason, over HTTP and Kafka,
and change nothing else.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared.embedded import Addresses
from tests.end_to_end.eight import GB, START, Teller, Town, town
from tests.support.bad_facts import BAD

BATCH = {"Content-Type": "application/cloudevents-batch+json"}
ONE = {"Content-Type": "application/cloudevents+json"}
KEPT = (
    "fact",
    "decision",
    "signal",
    "opportunity",
    "proposal",
    "remedy",
    "suppression",
    "notification",
    "subscription",
    "account_record",
)


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def lives(here: Town) -> Teller:
    """An account with a contract, a plan, a crossing and its notice: there is state that could
    change, and nothing in progress.
    """
    kuro = here.account("Kuro")
    await kuro.opens("pro", "2024-07-01")
    await kuro.says("contract.signed", "2024-07-01T00:00:00Z", plan="pro")
    await kuro.uses("storage", 90 * GB, "storage.measured", {"bytes": 90 * GB})
    await kuro.decided(1)
    await here.settled()  # the notice of that decision too
    return kuro


async def everything(here: Town) -> dict[str, list[Any]]:
    """All rows of the trigger and the notifier."""
    async with here.engine.connect() as conn:
        found = {}
        for table in KEPT:
            rows = await conn.execute(
                text(f"select to_jsonb(t)::text as row from {table} t order by 1")
            )
            found[table] = [row.row for row in rows]
        return found


def also_bad(here: Town) -> list[tuple[dict[str, Any], str]]:
    """Faults in the event around the data."""
    good = here.event("kuro", "nps.responded", START, {"score": 9})
    return [
        (good | {"subject": "nobody"}, "/subject"),
        (good | {"time": "2025-09-16T02:00:00Z"}, "/time"),
        (good | {"time": "2022-09-01T00:00:00Z"}, "/time"),
        (good | {"time": "yesterday"}, "/time"),
        (good | {"id": ""}, "/id"),
        (good | {"id": "i" * 257}, "/id"),
        (good | {"source": 7}, "/source"),
        ({name: value for name, value in good.items() if name != "subject"}, "/subject"),
    ]


def bad_events(here: Town) -> list[tuple[dict[str, Any], str]]:
    return [
        (here.event("kuro", type_, START, data or {}) | {"data": data}, path)
        for type_, data, path in BAD
    ] + also_bad(here)


async def test_over_http_a_fault_is_named_and_the_good_beside_it_is_not_taken_either(
    here: Town,
) -> None:
    kuro = await lives(here)
    before = await everything(here)
    good = here.event("kuro", "nps.responded", START, {"score": 9})
    for event, path in bad_events(here):
        answer = await here.http.post(
            "/v1/signals", content=json.dumps([good, event]), headers=BATCH
        )
        assert answer.status_code == 422, (event, answer.text)
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["path"] for error in problem["errors"]] == [f"/1{path}"], event
        assert all(error["reason"] for error in problem["errors"])
    for raw in ('{"data":{"score":NaN}}', "{", '{"a":1,"a":2}', "[]"):
        answer = await here.http.post("/v1/signals", content=raw, headers=ONE)
        assert answer.status_code in (400, 422), raw
    await kuro.says(
        "login.recorded", user="u1"
    )  # anything accepted earlier would have arrived first
    after = await everything(here)
    assert {table for table in KEPT if after[table] != before[table]} <= {"fact", "account_record"}
    assert len(after["fact"]) == len(before["fact"]) + 1


async def test_over_kafka_each_is_kept_as_rejected_and_the_partition_goes_on(here: Town) -> None:
    kuro = await lives(here)
    before = await everything(here)
    topic, events = f"{here.prefix}account.events", bad_events(here)
    raw = [json.dumps(event).encode() for event, _ in events]
    raw += [b"{", b"", b"\xff", b'{"a":1,"a":2}', raw[0].replace(b"11", b"NaN"), b"[]"]
    for value in raw:
        await here.producer.send_and_wait(topic, value, key=b"kuro")
    await kuro.says("login.recorded", user="u1")
    rejected = (await here.http.get("/v1/events/rejected?limit=500")).json()["data"]
    mine = [one for one in rejected if one["topic"].endswith("account.events")]
    assert len(mine) == len(raw)
    reasons = {one["payload"]: one["reason"] for one in mine}
    for (event, path), value in zip(events, raw, strict=False):
        assert path.rsplit("/", 1)[-1] in reasons[value.decode()], (event, reasons[value.decode()])
    after = await everything(here)
    assert {table for table in KEPT if after[table] != before[table]} <= {"fact", "account_record"}
    assert len(after["fact"]) == len(before["fact"]) + 1


async def test_an_id_counts_once_whatever_it_says_the_second_time(here: Town) -> None:
    kuro = await lives(here)
    first = here.event("kuro", "nps.responded", START, {"score": 9, "contact": "c1"})
    for event in (
        first,
        first | {"data": {"score": 1, "contact": "c1"}},
        first | {"type": "cancel.intent", "data": {}},
    ):
        answer = await here.http.post("/v1/signals", content=json.dumps(event), headers=ONE)
        assert answer.status_code == 202, answer.text
    await kuro.says("login.recorded", user="u1")
    assert (await kuro.read("/v1/accounts/kuro"))["nps"]["score"] == 9
    assert [one["type"] for one in (await kuro.read("/v1/accounts/kuro/facts"))["data"]].count(
        "cancel.intent"
    ) == 0


async def test_the_end_of_what_never_began_changes_nothing(here: Town) -> None:
    shiro = here.account("Shiro")
    await shiro.opens(None, "")
    await shiro.says("subscription.cancelled")
    await shiro.says("subscription.renewed")
    shown = await shiro.read("/v1/accounts/shiro")
    assert shown["subscription"] is None
    await shiro.subscribes("starter", "2025-09-01")
    assert (await shiro.read("/v1/accounts/shiro"))["subscription"]["plan"] == "starter"
