"""Rejected records over HTTP: what can be found, sent again and set aside."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from plimsoll.checks import processes
from services.ingest.service import build as build_ingest
from services.trigger.service import build as build_trigger
from shared.kafka.clients import Outgoing, Producer
from shared.runtime.context import make_context
from shared.runtime.settings import Settings
from shared.security import person_tokens
from tests.support.desk import ACCOUNT, catalog, order
from tests.support.loops import until
from tests.support.serving import serving
from tests.support.usage import Usage, event, ingesting, stamp
from tests.support.words import heard, listening

NOW = datetime.now(UTC)
PATH = "/v1/events/rejected"
ATTRIBUTES = ("specversion", "id", "source", "type", "subject")
NO_TIME = "field: time is missing (at /time)"


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


async def rejected(client: httpx.AsyncClient, **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(PATH, params=params)).json()["data"]
    return found


async def test_one_is_corrected_and_counted_once_however_often_it_is_sent(usage: Usage) -> None:
    good = event("a", "traffic", NOW, {"bytes": 7})
    async with ingesting(usage) as client, listening(usage.settings) as words:
        await usage.send(without(good, "time"), key="a")
        await usage.settled()
        (record,) = await rejected(client)
        assert (record["service"], record["state"], record["settled_by"]) == (
            "ingest",
            "open",
            None,
        )
        one = f"{PATH}/{record['id']}"
        assert (await client.get(one)).json()["accounts"] == ["a"]
        assert usage.settings.database_url is not None
        told = (await processes.check(usage.settings.database_url))[-1]
        assert told.what == f"1 record is open, 1 of ingest with: {NO_TIME}"

        again = await client.post(f"{one}:replay")
        assert again.status_code == 422
        assert again.json()["errors"] == [
            {"path": "/payload/time", "reason": "field: time is missing"}
        ]
        wrong = {"payload": good | {"data": {"bytes": "many"}}}
        refused = (await client.post(f"{one}:replay", json=wrong)).json()
        assert refused["errors"][0]["path"] == "/payload/data/bytes"
        assert (await rejected(client, state="open"))[0]["id"] == record["id"]
        assert await usage.totals("a") == {}

        sent = await client.post(f"{one}:replay", json={"payload": good})
        assert sent.status_code == 200, sent.text
        told = sent.json()
        assert (told["state"], told["outcome"], told["accepted"]) == ("replayed", "applied", 1)
        assert told["settled_by"]["kind"] == "key"
        assert await heard(words, {f"rejected {record['id']}"})
        assert (await client.post(f"{one}:replay", json={"payload": good})).status_code == 409
        assert (await client.post(f"{one}:dismiss", json={"reason": "x"})).status_code == 409
        await usage.send(good)  # the sender finds out, too, and sends it again
        await usage.settled()
        assert await usage.totals("a") == {"traffic": 7, "peak": 7}


async def test_all_of_a_reason_are_counted_first_and_what_is_refused_again_stays(
    usage: Usage,
) -> None:
    early = [
        event(f"e{n}", "traffic", NOW + timedelta(hours=3), {"bytes": n}) for n in range(1, 31)
    ]
    async with ingesting(usage) as client:
        await usage.send(*early, without(event("a", "traffic", NOW), "source"))
        await usage.settled()
        # What was too early for the clock then is not any more.
        await usage.db.execute(
            "update event_rejected set at = at - interval '1 day', payload = "
            'replace(payload, $1, $2) where payload like \'%"subject": "e1%\'',
            early[0]["time"],
            NOW.isoformat().replace("+00:00", "Z"),
        )
        reasons = (await client.get(f"{PATH}/reasons")).json()
        first = reasons["data"][0]
        assert (first["code"], first["count"], first["open"], reasons["counted"]) == (
            "future",
            30,
            30,
            31,
        )
        assert first["first"] < first["last"]
        everything = {"reason": "future", "service": "ingest"}
        counted = await client.post(f"{PATH}:replay?dry_run=true", json=everything)
        assert counted.json() == {"matched": 30, "replayed": 0, "refused": 0, "next_after": None}
        assert await rejected(client, state="replayed") == []
        done = (await client.post(f"{PATH}:replay", json=everything)).json()
        moved = 1 + 10  # e1, e10 … e19
        assert done == {"matched": 30, "replayed": moved, "refused": 30 - moved, "next_after": None}
        await usage.settled()
        assert (await usage.totals("e19"))["traffic"] == 19
        assert await usage.totals("e2") == {}
        left = (await client.get(f"{PATH}/reasons", params={"state": "open"})).json()["data"]
        assert [one["open"] for one in left] == [30 - moved, 1]
        assert len(await rejected(client, reason=left[0]["reason"], state="open")) == 30 - moved
        rest = (await client.post(f"{PATH}:replay", json=everything)).json()
        assert rest["matched"] == rest["refused"] == 30 - moved


async def test_a_record_in_binary_mode_is_sent_again_with_its_headers(usage: Usage) -> None:
    late = stamp(NOW + timedelta(hours=3))
    headers: list[tuple[str, bytes | None]] = [
        *((f"ce_{name}", str(event("b", "traffic", NOW)[name]).encode()) for name in ATTRIBUTES),
        *(("CE_Time", late.encode()), ("content-type", b"application/json"), ("x", b"\xff")),
    ]
    async with ingesting(usage) as client:
        await usage.send(b'{"bytes": 7}', key="b", headers=headers)
        await usage.send(b"\xff", key="c", headers=headers)
        await usage.send(b"{1", key="d", headers=[*headers, ("ce_note", b"\xff\0")])
        await usage.settled()
        found = {}
        for record in await rejected(client):
            assert "headers" not in record
            one = (await client.get(f"{PATH}/{record['id']}")).json()
            found[one["accounts"][0]] = one
        assert found["b"]["payload"] == '{"bytes": 7}'
        assert found["b"]["headers"]["ce_time"] == late
        assert set(found["b"]["headers"]) == {
            *(f"ce_{name}" for name in ATTRIBUTES),
            *("ce_time", "content-type"),
        }
        whole = json.loads(found["b"]["event"])
        assert (whole["subject"], whole["data"]) == ("b", {"bytes": 7})
        assert json.loads(found["c"]["event"])["data_base64"] == "/w=="
        assert json.loads(found["d"]["event"])["data"] == "{1"
        assert found["d"]["headers"]["ce_note"] == "\ufffd\ufffd"

        one = f"{PATH}/{found['b']['id']}:replay"
        assert (await client.post(one)).json()["errors"][0]["path"] == "/payload/time"
        await usage.db.execute(
            "update event_rejected set headers = "
            "headers || jsonb_build_object('ce_time', cast($1 as text))",
            stamp(NOW),
        )
        assert (await client.post(one)).json()["outcome"] == "applied"
        assert (await usage.totals("b"))["traffic"] == 7


async def test_what_is_set_aside_says_why_and_by_whom_and_can_still_be_sent(usage: Usage) -> None:
    context = make_context(usage.settings, name="test")

    def person(role: str) -> dict[str, str]:
        token = person_tokens.issue(context.signer, "u7", [role], "s1", context.clock.now())
        return {"Authorization": f"Bearer {token}"}

    async with ingesting(usage) as client:
        await usage.send(b"\xff\x00", key="a")
        await usage.settled()
        (record,) = await rejected(client)
        one, why = f"{PATH}/{record['id']}", {"reason": "A test of theirs."}
        assert record["payload_base64"] == "/wA="
        for wrong in ({}, {"reason": ""}, {"reason": "x" * 501}):
            assert (await client.post(f"{one}:dismiss", json=wrong)).status_code == 422
        refused = await client.post(f"{one}:dismiss", json=why, headers=person("csm"))
        assert refused.status_code == 403
        aside = await client.post(f"{one}:dismiss", json=why, headers=person("operator"))
        assert aside.status_code == 200, aside.text
        told = aside.json()
        assert (told["state"], told["note"]) == ("dismissed", why["reason"])
        assert told["settled_by"] == {"kind": "person", "id": "u7"}
        same = await client.post(f"{one}:dismiss", json=why, headers=person("operator"))
        assert same.json()["settled_at"] == told["settled_at"]
        unseen = (await client.get(one, headers=person("csm"))).json()
        assert (unseen["payload"], "payload_base64" in unseen) == (None, False)

        assert (await client.post(f"{one}:replay")).status_code == 409, "nothing of it is text"
        text = {"payload": json.dumps(event("a", "traffic", NOW, {"bytes": 1}))}
        assert (await client.post(f"{one}:replay", json=text)).json()["state"] == "replayed"
        bodies: tuple[object, ...] = ([], {"payload": 7}, {"payloads": {}})
        for body in bodies:
            assert (await client.post(f"{one}:replay", json=body)).status_code == 422
        for id in ("0", "x", "9" * 30):
            assert (await client.get(f"{PATH}/{id}")).status_code == 404
            assert (await client.post(f"{PATH}/{id}:replay")).status_code == 404
    await context.close()


async def test_a_fact_is_sent_again_to_its_service_which_may_refuse_it_again(
    settings: Settings,
) -> None:
    producer = Producer(settings, name="test")
    fact = event("acct-42", "nps.responded", NOW, {"score": 99}, source="/surveys")
    async with serving(settings, [build_ingest, build_trigger]) as served:
        client = served.client
        assert (await client.put("/v1/catalog", json=catalog())).status_code == 200
        assert (await client.put("/v1/accounts/acct-42", json=ACCOUNT)).status_code == 201
        await client.put("/v1/accounts/acct-42/subscription", json=order())
        raw = json.dumps(fact).encode()
        await producer.send([Outgoing("account.events", b"acct-42", raw)])
        await until(lambda: _some(client))
        (record,) = await rejected(client, service="trigger")
        one = f"{PATH}/{record['id']}"
        refused = await client.post(f"{one}:replay")
        assert refused.status_code == 422
        (newer, _) = await rejected(client, service="trigger")
        assert refused.json()["detail"] == (
            f"It was refused again: see rejected record {newer['id']}."
        )
        old = (await client.get(one)).json()
        assert (old["state"], old["replayed_as"]) == ("replayed", newer["id"])
        mended = {"payload": fact | {"data": {"score": 9}}}
        sent = await client.post(f"{PATH}/{newer['id']}:replay", json=mended)
        assert (sent.status_code, sent.json()["outcome"]) == (200, "applied")
        (kept,) = (await client.get("/v1/accounts/acct-42/facts")).json()["data"]
        assert kept["data"] == {"score": 9}
    await producer.stop()


async def _some(client: httpx.AsyncClient) -> bool:
    return bool(await rejected(client, service="trigger"))
