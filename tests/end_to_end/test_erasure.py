"""An erased account is in no table; late events about it are neither counted nor stored."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text
from structlog.testing import capture_logs

from shared.embedded import Addresses
from shared.messages import TOPICS
from tests.end_to_end.eight import GB, START, Teller, Town, town
from tests.support.sweep import places_of

CANARY = "kanarie"


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def _lives(account: Teller) -> None:
    """Usage, facts that quote people, alerts, decisions, mails, an inbox, a quote, bad records."""
    here = account.town
    await account.opens("starter", "2025-08-01")
    await account.says("nps.responded", score=9, contact="c1", comment=f"{account.name} likes it")
    await account.says("compliance.need", framework="SOC2")
    await account.uses("storage", 9 * GB, "storage.measured", {"bytes": 9 * GB})
    await account.mailed(1)
    assert await account.inbox()
    quote = await here.http.post(f"/v1/accounts/{account.id}/quotes", json={"plan": "pro"})
    assert quote.status_code in (200, 201), quote.text
    token = (
        await here.http.post("/v1/inbox/tokens", json={"account": account.id, "contact": "c1"})
    ).json()["token"]
    mine = {"Authorization": f"Bearer {token}"}
    assert (
        await here.http.patch(
            "/v1/inbox/preferences", json={"email": {"notice": False}}, headers=mine
        )
    ).status_code == 200
    assert (await here.http.post("/v1/inbox/seen", headers=mine)).status_code < 300
    await here.http.put(f"/v1/accounts/{account.id}/limits/storage", json={"limit": "11 GB"})
    for broken in (
        f'{{"subject": "{account.id}", "time": 1',
        json.dumps({"subject": account.id, "words": account.name}),
    ):
        await here.producer.send_and_wait(
            f"{here.prefix}usage.events", broken.encode(), key=account.id.encode()
        )
    await account.until(lambda: _rejected(here, 2))


async def _rejected(here: Town, number: int) -> list[dict[str, Any]]:
    found = (await here.http.get("/v1/events/rejected")).json()["data"]
    return list(found) if len(found) >= number else []


async def _done(here: Town, erasure: str) -> bool:
    shown = (await here.http.get(f"/v1/erasures/{erasure}")).json()
    return shown["done_at"] is not None


async def test_nothing_is_left_of_an_erased_account_and_its_neighbour_loses_nothing(
    here: Town, stack: Addresses
) -> None:
    gone, other = here.account("Kanarie"), here.account("Nachbar")
    await _lives(gone)
    await _lives(other)
    before = await places_of(here.engine, other.id)
    held = await places_of(here.engine, CANARY)
    assert {
        "account.name",
        "contact.email",
        "fact.event",
        "notification.facts",
        "inbox_item.account",
        "event_rejected.payload",
    } <= held.keys()

    answer = await here.http.delete(f"/v1/accounts/{gone.id}")
    assert answer.status_code == 202, answer.text
    assert answer.json()["waits_for"] == ["ingest", "trigger", "notifier"]
    assert (await here.http.get(f"/v1/accounts/{gone.id}")).status_code == 404
    await gone.until(lambda: _done(here, answer.json()["erasure"]))
    assert await places_of(here.engine, CANARY) == {}
    assert _lasting(await places_of(here.engine, other.id)) == _lasting(before)

    ends = await _ends(stack.kafka, here.prefix)
    with capture_logs() as lines:
        await _late(here, gone)
    assert CANARY not in str(lines).lower()
    assert await places_of(here.engine, CANARY) == {}
    assert CANARY not in (await here.http.get("/metrics")).text
    assert [
        value
        for value in await _written_since(stack.kafka, ends)
        if CANARY.encode() in value.lower()
    ] == []

    again = await here.http.delete(f"/v1/accounts/{gone.id}")
    assert (again.status_code, again.json()["done_at"] is not None) == (202, True)
    await _comes_back(here, gone)


async def _late(here: Town, gone: Teller) -> None:
    """Over HTTP and Kafka: usage, facts, and totals of another engine."""
    usage = here.event(gone.id, "storage.measured", START, {"bytes": 5})
    other = here.event("nachbar", "storage.measured", START, {"bytes": 8 * GB})
    answer = await here.http.post(
        "/v1/events",
        content=json.dumps([usage, other]),
        headers={"Content-Type": "application/cloudevents-batch+json"},
    )
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "erased": 1})
    fact = here.event(gone.id, "csat.responded", START, {"score": 1})
    answer = await here.http.post(
        "/v1/signals",
        content=json.dumps(fact),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "/subject"
    assert answer.json()["errors"][0]["reason"].startswith("erased: ")


async def _ends(kafka: str, prefix: str) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        places = [
            TopicPartition(prefix + topic, partition) for topic in TOPICS for partition in range(4)
        ]
        return dict(await consumer.end_offsets(places))
    finally:
        await consumer.stop()


async def _written_since(kafka: str, begins: dict[TopicPartition, int]) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        consumer.assign(list(begins))
        for place, begin in begins.items():
            consumer.seek(place, begin)
        ends, found = await consumer.end_offsets(list(begins)), list[bytes]()
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [record.value or b"" for record in records]
        return found
    finally:
        await consumer.stop()


async def _comes_back(here: Town, gone: Teller) -> None:
    """A customer with the same id is a new one: nothing earlier counts for it, except events that a
    sender with whole seconds dates to its first second.
    """
    before = here.event(gone.id, "storage.measured", "2025-09-15T00:00:00Z", {"bytes": 7})
    rejects = len(await _rejected(here, 2))
    await _refuses_what_is_older(here, gone, before, rejects)
    assert await places_of(here.engine, CANARY) == {}

    await here.move_clock("2025-09-17T00:00:00Z")
    this_second = (await here.http.get("/v1/test-clock")).json()["now"][:19] + "Z"
    await gone.opens("starter", "2025-09-17")
    await gone.uses("storage", 3, "storage.measured", {"bytes": 3}, this_second)
    await _publish(here, gone, "usage.events", {**before, "id": "again"})
    await gone.until(lambda: _rejected(here, rejects + 4))
    usage = await gone.read(f"/v1/accounts/{gone.id}/usage")
    assert [one["used"] for one in usage["meters"] if one["meter"] == "storage"] == [3]
    async with here.engine.connect() as conn:
        assert (
            await conn.execute(
                text("select count(*) from usage_day where account = :id"), {"id": gone.id}
            )
        ).scalar_one() == 1


async def _publish(here: Town, teller: Teller, topic: str, value: dict[str, Any]) -> None:
    await here.producer.send_and_wait(
        f"{here.prefix}{topic}", json.dumps(value).encode(), key=teller.id.encode()
    )


async def _refuses_what_is_older(
    here: Town, gone: Teller, before: dict[str, Any], rejects: int
) -> None:
    """A usage event, a total and a fact, of which none is kept. `rejects`: how many there were."""
    total = {
        "account": gone.id,
        "meter": "storage",
        "period": None,
        "used": 6,
        "last_event_at": None,
        "revision": 1,
    }
    await _publish(here, gone, "usage.events", before)
    await _publish(here, gone, "usage.totals", total)
    fact = here.event(gone.id, "csat.responded", START, {"score": 1, "comment": CANARY})
    await _publish(here, gone, "account.events", fact)
    await gone.until(lambda: _rejected(here, rejects + 3))
    newest = (await _rejected(here, 0))[:3]
    assert {(one["topic"], one["reason"].partition(":")[0], one["payload"]) for one in newest} == {
        ("usage.events", "erased", None), ("usage.totals", "erased", None),
        ("account.events", "erased", None)
    }  # fmt: skip


PEOPLE = [
    {"id": "c1", "name": "Xaver Zilpzalp", "email": "zilpzalp@example.com", "role": "owner"},
    {"id": "c2", "name": "Mia Meise", "email": "mia@example.com", "role": "owner"},
    {
        "id": "c3",
        "name": "Gilbert Goldammer",
        "email": "goldammer@example.com",
        "role": "billing_admin",
    },
]


def _lasting(places: dict[str, int]) -> dict[str, int]:
    """Without those that are waiting to be worked on, and then go."""
    return {
        place: count
        for place, count in places.items()
        if not place.startswith("account_overview_mark.")
    }


async def test_nothing_names_an_erased_contact_and_what_happened_stays(here: Town) -> None:
    """A current contact, and one who was removed before.

    A third contact and the account continue.
    """
    account = here.account("Wald", contacts=PEOPLE)
    await _are_known_everywhere(here, account)
    held = await account.read(f"/v1/accounts/{account.id}")
    for contact in ("c1", "c3"):
        answer = await here.http.post(f"/v1/accounts/{account.id}/contacts/{contact}:erase")
        assert answer.status_code == 202, answer.text
        await account.until(lambda answer=answer: _done(here, answer.json()["erasure"]))  # type: ignore[misc]
    await _check_what_is_left(here, account, held)
    await _check_that_it_lasts(here, account)


async def _are_known_everywhere(here: Town, account: Teller) -> None:
    """Facts name them, notices, a record that was rejected; then the third of them is removed."""
    await account.opens("starter", "2025-08-01")
    await account.says(
        "nps.responded", score=3, contact="c1", comment="said Zilpzalp", author="zilpzalp"
    )
    await account.says("csat.responded", score=2, contact="c3", comment="goldammer was here")
    await account.says("need.stated", feature="sso", text="zilpzalp wants it", said_by="c1")
    await account.says(
        "evidence.recorded",
        criterion="wall",
        kind="call",
        text="Xaver Zilpzalp and Mia Meise said so",
    )
    await account.says("contact.unsubscribed", contact="c1", scope="proposals")
    await account.uses("storage", 9 * GB, "storage.measured", {"bytes": 9 * GB})
    await here.settled()
    broken = json.dumps({"subject": account.id, "who": "zilpzalp@example.com"})
    await here.producer.send_and_wait(
        f"{here.prefix}account.events", broken.encode(), key=account.id.encode()
    )
    await account.until(lambda: _rejected(here, 1))
    await here.http.put(
        f"/v1/accounts/{account.id}", json=(await _body(account)) | {"contacts": PEOPLE[:2]}
    )
    await here.settled()
    assert {"notification.facts", "fact.event", "account_record.body"} <= (
        await places_of(here.engine, "zilpzalp")
    ).keys()


async def _check_what_is_left(here: Town, account: Teller, held: dict[str, Any]) -> None:
    """`held`: the account before."""
    for canary in ("zilpzalp", "xaver", "goldammer", "gilbert"):
        assert await places_of(here.engine, canary) == {}, canary
    assert "fact.event" in await places_of(here.engine, "mia meise")
    after = await account.read(f"/v1/accounts/{account.id}")
    assert [one["id"] for one in after["contacts"]] == ["c2"]
    assert (after["loyalty"], after["health"]) == (held["loyalty"], held["health"])
    assert len((await account.read(f"/v1/accounts/{account.id}/facts"))["data"]) == 5
    async with here.engine.connect() as conn:
        refused = (
            await conn.execute(text("select contact, mailbox is not null from refusal"))
        ).all()
    assert [(contact.startswith("erased-"), has_mailbox) for contact, has_mailbox in refused] == [
        (True, True)
    ]


async def _check_that_it_lasts(here: Town, account: Teller) -> None:
    """A fact about an erased contact is refused; a new contact may have the id."""
    late = here.event(
        account.id, "csat.responded", START, {"score": 1, "contact": "c1", "comment": "zilpzalp"}
    )
    answer = await here.http.post(
        "/v1/signals",
        content=json.dumps(late),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "/data/contact")
    assert (
        await here.http.post(f"/v1/accounts/{account.id}/contacts/nobody:erase")
    ).status_code == 404
    assert (await here.http.post(f"/v1/accounts/{account.id}/contacts/c1:erase")).json()[
        "done_at"
    ] is not None
    item = {
        "id": account.id,
        "add_contacts": [{"id": "c1", "name": "Somebody New", "role": "member"}],
    }
    assert (await here.http.post("/v1/accounts:batch", json=[item])).json()["updated"] == 1
    now = (await here.http.get("/v1/test-clock")).json()["now"]
    await account.says("csat.responded", now, score=5, contact="c1")


async def _body(account: Teller) -> dict[str, Any]:
    shown = await account.read(f"/v1/accounts/{account.id}")
    return {name: shown[name] for name in ("name", "locale", "time_zone", "country", "csm")}
