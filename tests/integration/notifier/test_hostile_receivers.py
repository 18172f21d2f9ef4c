"""Receivers whose answers are nonsense, endless or malicious: each attempt ends with a reason.

None of them can pause a channel for longer than a quarter of an hour, or a day for a HubSpot limit.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plimsoll.demo.crm import Fault
from plimsoll.demo.crm_http import Answer as CrmAnswer
from services.notifier.channels.base import Delivered, Failed, Outcome, Throttled, Unanswered
from services.notifier.channels.registry import KINDS
from services.notifier.channels.safe_http import SafeHttp
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.delivery.worker import Worker
from tests.integration.notifier.test_hubspot import CREATE, Begun, delivery, portal, send, unique
from tests.support.post import Office
from tests.unit.notifier.channels.test_safe_http import Answer, Listener, listening
from tests.unit.notifier.samples import claimed

__all__ = ["unique"]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NINES = "Fri, 31 Dec 9999 23:59:59 GMT"
BOMB = zlib.compress(b"\0" * 50_000_000, wbits=31)


def saying(raw: bytes) -> Answer:
    """Reads the request, sends these bytes, closes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    return answer


def http(status: int, body: bytes = b"", **headers: str) -> Answer:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return saying("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@asynccontextmanager
async def hook(answer: Answer) -> AsyncIterator[tuple[WebhookChannel, Listener]]:
    async with listening(answer) as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        channel = WebhookChannel(
            url, lambda: [SECRET], SafeHttp(allow_private=True), lambda: datetime.now(UTC)
        )
        try:
            yield channel, listener
        finally:
            await channel.aclose()


MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
WEBHOOKS: dict[str, tuple[Answer, type[Outcome], str, timedelta | None]] = {
    # the answer, the outcome, words of its reason, the length of the pause
    "429 until the year 9999": (http(429, Retry_After=NINES), Throttled, "429", QUARTER),
    "429 until the past": (
        http(429, Retry_After="Sun, 01 Jan 1990 00:00:00 GMT"),
        Throttled,
        "429",
        timedelta(seconds=1),
    ),
    "429 for less than nothing": (http(429, Retry_After="-5"), Throttled, "429", MINUTE),
    "429 for half a second": (http(429, Retry_After="0.5"), Throttled, "429", MINUTE),
    "429 for 10^40 seconds": (http(429, Retry_After="9" * 40), Throttled, "429", QUARTER),
    "429 until a date that no clock has": (
        http(429, Retry_After=f"1 Jan 2030 {'9' * 30}:00:00 GMT"),
        Throttled,
        "429",
        MINUTE,
    ),
    "429 until year 0": (
        http(429, Retry_After="Mon, 01 Jan 0000 00:00:00 GMT"),
        Throttled,
        "429",
        None,
    ),
    "503 until the year 9999": (http(503, Retry_After=NINES), Failed, "503", None),
    "a redirect inside": (
        http(302, Location="http://169.254.169.254/latest/meta-data"),
        Failed,
        "302",
        None,
    ),
    "a redirect to a file": (http(307, Location="file:///etc/passwd"), Failed, "307", None),
    "10 MB": (http(200, b"x" * 10_000_000), Delivered, "", None),
    "a gzip bomb": (http(200, BOMB, Content_Encoding="gzip"), Delivered, "", None),
    "an error page": (http(500, b"<html>" + b"x" * 100_000), Failed, "500", None),
    "not HTTP": (saying(b"220 mail.example ESMTP\r\n"), Failed, "is not HTTP", None),
    "nothing": (saying(b""), Failed, "is not HTTP, or was cut off", None),
    "a header of 1 MB": (
        saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000),
        Failed,
        "is not HTTP",
        None,
    ),
    "less than it promised": (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
        Failed,
        "cut off",
        None,
    ),
    "status 999": (http(999), Failed, "999", None),
    "a header with a line end": (
        saying(b"HTTP/1.1 500 X\r\nRetry-After: 1\r\n evil\r\nContent-Length: 0\r\n\r\n"),
        Failed,
        "",
        None,
    ),
}


@pytest.mark.parametrize(("answer", "kind", "words", "wait"), WEBHOOKS.values(), ids=WEBHOOKS)
async def test_no_answer_of_a_webhook_does_harm(
    answer: Answer, kind: type[Outcome], words: str, wait: timedelta | None
) -> None:
    async with hook(answer) as (channel, listener):
        outcome = await channel.send(claimed(channel="webhook", contact=None), Begun())
        assert listener.connections == 1, "no redirect is followed, and there is one request"
    assert isinstance(outcome, kind), outcome
    if not isinstance(outcome, Delivered):
        told = outcome.reason  # type: ignore[union-attr]
        assert words in told
        assert "Error" not in told
    if wait is not None:
        assert isinstance(outcome, Throttled)
        assert outcome.wait == wait


async def test_an_answer_that_drips_is_cut_off_at_the_deadline(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = property(lambda worker: replace(KINDS[worker.name], timeout=0.5))
    monkeypatch.setattr(Worker, "kind", hurried)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as listener:
        await office("PUT", "/v1/channels/webhook", {"url": f"http://127.0.0.1:{listener.port}/"})
        await office.raised("a95", recipients=(), webhook=True)
        (found,) = await office.until("webhook", "retrying")
    assert found["last_error"] == "no answer within 0 s"


HUBSPOT: dict[str, Any] = {
    "html": b"<html>Bad gateway",
    "a list": [],
    "a number": 7,
    "no id": {"id": None},
    "an id of another kind": {"id": {"of": "a task"}},
    "an id that is long": {"id": "7" * 5000},
    "a number too long to be one": b'{"id": ' + b"9" * 6000 + b"}",
    "nested without end": b'{"a":' * 50_000,
    "half a surrogate": b'{"message": "\\ud800", "category": "\\udfff"}',
    "2 MB": b'{"results": [' + b" " * 2_000_000 + b"]}",
    "results of nothing": {"results": [None, 1, []]},
}


@pytest.mark.parametrize("body", HUBSPOT.values(), ids=HUBSPOT)
async def test_a_crm_that_answers_nonsense_leaves_doubt_and_one_task(
    unique: bool, body: Any
) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], CrmAnswer(200, body), applied=True))
        outcome = await send(channel, delivery())
        assert isinstance(outcome, Unanswered), outcome
        assert isinstance(await send(channel, delivery(in_doubt=True, attempts=2)), Delivered)
        assert len(crm.tasks()) == 1


@pytest.mark.parametrize("body", HUBSPOT.values(), ids=HUBSPOT)
async def test_nonsense_about_owners_costs_the_owner_or_the_attempt_and_no_more(body: Any) -> None:
    async with portal() as (crm, channel):
        crm.faults.append(Fault("/owners", CrmAnswer(200, body)))
        outcome = await send(channel, delivery())
        assert isinstance(outcome, Delivered | Failed), outcome
        if isinstance(outcome, Failed):
            assert isinstance(await send(channel, delivery()), Delivered)


RATES = {
    "one call": {"X-HubSpot-RateLimit-Max": "1"},
    "a window of days": {
        "X-HubSpot-RateLimit-Interval-Milliseconds": "999999999",
        "X-HubSpot-RateLimit-Remaining": "0",
    },
    "no window": {"X-HubSpot-RateLimit-Interval-Milliseconds": "1"},
    "garbage": {"X-HubSpot-RateLimit-Max": "-1", "X-HubSpot-RateLimit-Remaining": "NaN"},
}


@pytest.mark.parametrize("headers", RATES.values(), ids=RATES)
async def test_an_absurd_limit_blocks_for_no_longer_than_an_attempt(
    headers: dict[str, str],
) -> None:
    async with portal() as (crm, channel):
        crm.faults.append(Fault("GET /crm/properties", CrmAnswer(404, {}, headers)))
        await channel._api.find_property()
        assert [channel._api._bucket.reserve() for _ in range(6)][-1] <= 35


async def test_a_daily_limit_is_waited_for_a_day_at_most() -> None:
    body = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "DAILY"}
    for asked in ("99999999999999", NINES):
        async with portal() as (crm, channel):
            crm.faults.append(Fault(CREATE[True], CrmAnswer(429, body, {"Retry-After": asked})))
            outcome = await send(channel, delivery())
        assert isinstance(outcome, Throttled)
        assert outcome.wait == timedelta(hours=24)


@pytest.mark.parametrize(
    "company", ["..", ".", "../../v3/objects/contacts/1", "812?x=1", "8\r\nX-Evil: 1"]
)
async def test_a_company_s_id_cannot_change_the_path_of_a_request(
    unique: bool, company: str
) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.companies = {"812"}
        assert isinstance(await send(channel, delivery(company=company)), Delivered)
        lines = [call.line for call in crm.journal]
    assert all("/v3/objects/contacts" not in line.split("companies/")[0] for line in lines)
    assert json.dumps(lines).count("X-Evil") <= 1
    assert all(line.split()[1].startswith("/crm/") for line in lines)
