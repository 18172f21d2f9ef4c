"""The notifier as its process runs it: from the topic to the receivers, with the test clock,
metrics and clean logs.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plimsoll.demo.crm_http import Answer
from services.notifier.delivery.age import Watch
from services.notifier.service import build
from shared.kafka.clients import Outgoing, Producer
from shared.messages import MESSAGES, Recipient, Tell
from shared.runtime.settings import Settings
from shared.telemetry.logs import configure_logging
from tests.support.post import NOON, TOKEN, Office, open_office
from tests.support.serving import Served, serving


async def operations_say(served: Served, **waiting: int) -> None:
    told = (await served.client.get("/v1/operations")).json()
    assert told["missing"] == []
    assert {one["name"]: one["waiting"] for one in told["channels"]} == waiting
    assert {one["state"] for one in told["channels"]} == {"on"}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[Office, Served, Producer]]:
    """The real service, and an office without workers for everything around it."""
    clocked = replace(settings, test_clock=True)
    producer = Producer(settings, name="test")
    async with open_office(clocked, workers=()) as office, serving(clocked, [build]) as served:
        answer = await served.client.put("/v1/test-clock", json={"now": _text(NOON)})
        assert answer.status_code == 200, answer.text
        await office.opens()
        await office.sets("email", "webhook", "hubspot")
        await operations_say(served, email=0, webhook=0, hubspot=0)
        try:
            yield office, served, producer
        finally:
            await producer.stop()


async def publish(producer: Producer, message: Tell[Any]) -> None:
    await producer.send(
        [Outgoing(MESSAGES, message.account.encode(), msgspec.json.encode(message))]
    )


async def test_from_the_topic_to_every_receiver_and_the_clock_waits_for_retries(
    settings: Settings,
) -> None:
    async with running(settings) as (office, served, producer):
        office.mail.will("rcpt", ["451 later"] * 3)
        office.hook.answers.append(Answer(500, {}))
        await office.alert("a95")
        await publish(
            producer,
            office.tell(
                "a95",
                recipients=(Recipient("c1"), Recipient("c2")),
                task=office.task(),
                webhook=True,
            ),
        )
        await office.until("in_app", "delivered", "delivered")
        await office.until("hubspot", "delivered")
        await office.until("email", "retrying")
        await office.until("webhook", "retrying")
        # When the clock answers, everything due has been tried: no wait is needed afterwards.
        for minutes, state in ((1, "retrying"), (2, "retrying"), (10, "delivered")):
            answer = await served.client.put(
                "/v1/test-clock", json={"now": _text(NOON + timedelta(minutes=minutes))}
            )
            assert answer.status_code == 200, answer.text
            assert await office.states("email") == [state]
        assert await office.states("webhook") == ["delivered"]
        assert len(office.mail.taken) == 1

        metrics = (await served.client.get("/metrics")).text
        for sample in (
            'plimsoll_deliveries_total{channel="in_app",outcome="delivered"}',
            'plimsoll_deliveries_total{channel="email",outcome="retrying"}',
            'plimsoll_delivery_seconds_count{channel="hubspot"}',
            "plimsoll_event_to_alert_seconds_count",
        ):
            assert sample in metrics
        assert "acct-42" not in metrics
        assert (await served.client.get("/readyz")).status_code == 200


async def test_the_clock_does_not_wait_for_a_destination_that_refuses_us(
    settings: Settings,
) -> None:
    async with running(settings) as (office, served, producer):
        office.crm.token = "another"
        await office.alert("a95")
        await publish(producer, office.tell("a95", recipients=(), task=office.task()))
        await office.until("hubspot", "queued")
        started = asyncio.get_running_loop().time()
        answer = await served.client.put(
            "/v1/test-clock", json={"now": _text(NOON + timedelta(days=5))}
        )
        assert answer.status_code == 200, answer.text
        assert asyncio.get_running_loop().time() - started < 10
        assert await office.states("hubspot") == ["queued"]


BLOCKED_AND_DISABLED = {
    'plimsoll_channel_blocked{channel="hubspot"} 1.0',
    'plimsoll_channel_blocked{channel="email"} 0.0',
    'plimsoll_channel_disabled{channel="webhook"} 1.0',
    'plimsoll_channel_disabled{channel="hubspot"} 0.0',
}


async def test_a_channel_that_does_not_send_is_reported_but_the_service_stays_ready(
    settings: Settings,
) -> None:
    async with running(settings) as (office, served, producer):
        office.crm.token = "another"
        office.hook.answers.append(Answer(410, {}))
        await office.alert("a95")
        await publish(producer, office.tell("a95", recipients=(), task=office.task(), webhook=True))
        await office.until("webhook", "dead")
        await office.until("hubspot", "queued")
        for _ in range(200):
            metrics = (await served.client.get("/metrics")).text
            if all(sample in metrics for sample in BLOCKED_AND_DISABLED):
                break
            await asyncio.sleep(0.05)
        assert [sample for sample in BLOCKED_AND_DISABLED if sample not in metrics] == []
        ready = await served.client.get("/readyz")
        assert ready.status_code == 200
        note = ready.json()["checks"]["notifier channels"]
        assert note["ok"] is True
        assert "hubspot is blocked since 2026-11-23T03:00" in note["reason"]
        assert "webhook is disabled since 2026-11-23T03:00" in note["reason"]
        for words in ("answered 401", "INVALID_AUTHENTICATION"):
            assert words not in ready.text, "a receiver's words are not public"
        # The age counts from when it was first due, however often it was retried.
        answer = await served.client.put(
            "/v1/test-clock", json={"now": _text(NOON + timedelta(hours=3))}
        )
        assert answer.status_code == 200, answer.text
        office.at(NOON + timedelta(hours=3))
        await Watch(office.context).look()
        metrics = (await served.client.get("/metrics")).text
        (oldest,) = [
            line
            for line in metrics.splitlines()
            if line.startswith('plimsoll_delivery_oldest_seconds{channel="hubspot"}')
        ]
        assert 10_700 < float(oldest.split()[1]) < 10_900


async def test_neither_secrets_nor_addresses_reach_the_logs(settings: Settings) -> None:
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    async with running(settings) as (office, served, producer):
        office.mail.will(
            "rcpt", ["451 hanako@example.com is busy", "550 5.1.1 <hanako@example.com> unknown"]
        )
        office.crm.token = "another"
        await office.alert("a95")
        await publish(producer, office.tell("a95", task=office.task(), webhook=True))
        await office.until("email", "retrying")
        await served.client.put("/v1/test-clock", json={"now": _text(NOON + timedelta(minutes=1))})
        await office.until("email", "dead")
    lines = stream.getvalue().splitlines()
    assert any(json.loads(line).get("event") == "delivery" for line in lines)
    for canary in (
        TOKEN,
        "hanako@example.com",
        "ken@example.com",
        "kato@example.com",
        "whsec_",
        settings.admin_key or "",
    ):
        assert canary not in stream.getvalue()


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
