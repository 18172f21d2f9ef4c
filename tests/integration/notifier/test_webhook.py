"""The webhook: one message, signed, the alert as its data; answers that end, slow down or fail."""

import asyncio
import json

import msgspec
from standardwebhooks import Webhook

from plimsoll.demo.crm_http import Answer
from services.trigger.process.log.entries import By, Entry
from services.trigger.process.news import news
from tests.support.post import NOON, Office


async def secret(office: Office) -> str:
    made: str = (await office("PUT", "/v1/channels/webhook", {"url": office.addresses["webhook"]}))[
        "secret"
    ]
    return made


async def test_each_message_arrives_once_signed_with_the_alert_as_its_data(office: Office) -> None:
    key = await secret(office)
    await office.raised("a95", webhook=True)
    await office.until("webhook", "delivered")
    (request,) = office.hook.requests
    raw = json.dumps(request.body, separators=(",", ":"), ensure_ascii=False)
    Webhook(key).verify(raw, dict(request.headers))
    assert "." not in request.headers["webhook-id"]
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
    assert list(request.body) == ["type", "timestamp", "data"]
    assert request.body["type"] == "usage.threshold"
    assert request.body["data"] == {
        "id": "a95", "account": "acct-42", "meter": "api_calls", "threshold": 95, "epoch": "a95",
        "state": "open", "resolution": None, "again": False, "used": 9600, "limit": 10000,
        "percent": 96, "reached_at": request.body["data"]["reached_at"], "resolved_at": None,
        "notified": True, "decision": "d1",
    }  # fmt: skip
    assert request.body["data"]["reached_at"].endswith("Z")


async def test_a_retry_keeps_its_id_and_body_and_is_signed_again(office: Office) -> None:
    key = await secret(office)
    office.hook.answers += [
        Answer(500, {}),
        None,
        Answer(302, {}, {"Location": office.addresses["hubspot"]}),
    ]
    await office.raised("a95", webhook=True)
    for attempt, seconds in ((1, 5), (2, 30), (3, 300)):
        for _ in range(400):
            (found,) = await office.deliveries("webhook")
            if (found["state"], found["attempts"]) == ("retrying", attempt):
                break
            await asyncio.sleep(0.02)
        office.passes(seconds=seconds)
    (done,) = await office.until("webhook", "delivered")
    assert done["attempts"] == 4
    assert len({request.headers["webhook-id"] for request in office.hook.requests}) == 1
    assert len({json.dumps(request.body) for request in office.hook.requests}) == 1
    for request in office.hook.requests:
        Webhook(key).verify(
            json.dumps(request.body, separators=(",", ":"), ensure_ascii=False),
            dict(request.headers),
        )
    assert office.crm.journal == []


async def test_a_receiver_may_slow_us_down_but_not_park_us(office: Office) -> None:
    await secret(office)
    office.hook.answers += [
        Answer(429, {}, {"Retry-After": "7"}),
        Answer(429, {}, {"Retry-After": "99999999"}),
    ]
    await office.raised("a95", webhook=True)
    for seconds in (7, 900):
        for _ in range(400):
            (found,) = await office.deliveries("webhook")
            if found["state"] == "retrying":
                break
            await asyncio.sleep(0.02)
        office.passes(seconds=seconds - 1)
        await asyncio.sleep(0.3)
        assert await office.states("webhook") == ["retrying"]
        office.passes(seconds=1)
        await asyncio.sleep(0.3)
    await office.until("webhook", "delivered")


async def test_feature_gated_has_no_alert_but_the_fields_that_are_known(office: Office) -> None:
    await secret(office)
    told = office.tell(None).facts | {"limit": "0", "percent": None, "threshold": None}
    await office.hears(
        office.tell(None, key="g1", kind="feature.gated", facts=told, threshold=None, webhook=True)
    )
    await office.until("webhook", "delivered")
    (request,) = office.hook.requests
    assert request.body["type"] == "feature.gated"
    assert (request.body["data"]["account"], request.body["data"]["limit"]) == ("acct-42", 0)


async def test_entries_of_a_log_arrive_in_order_and_others_do_not_wait(office: Office) -> None:
    await secret(office)
    office.hook.answers += [Answer(500, {})]

    def entry(seq: int, subject: str = "d1") -> bytes:
        by = By("person", "u7")
        one = Entry(f"{subject}-{seq}", seq, "note", NOON, by, {"text": "é"})
        shown = {"id": subject, "account": "acct-42"}
        return msgspec.json.encode(news("opportunity.changed", "acct-42", shown, one, office.now))

    await office.hears(entry(1))
    await office.until("webhook", "retrying")
    await office.hears(entry(2), entry(3), entry(1, "d2"))
    await office.until("webhook", "retrying", "queued", "queued", "delivered")
    office.passes(seconds=5)
    await office.until("webhook", *["delivered"] * 4)
    told = [
        (one.body["data"]["id"], one.body["data"]["entry"]["seq"]) for one in office.hook.requests
    ]
    assert told == [("d1", 1), ("d2", 1), ("d1", 1), ("d1", 2), ("d1", 3)]
    assert (office.hook.requests[-1].body["type"], office.hook.requests[-1].body["data"]) == (
        "opportunity.changed",
        json.loads(entry(3))["facts"]["changed"]["data"],
    )
    assert await office.rows("select 1 from inbox_item") == [], "nobody else is told"
