"""What was rejected, sent and set up, and what an operator does with it."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.loop.rejected import Rejected, keep
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.integration.console.test_today import opened
from tests.support.console import House, open_house
from tests.unit.notifier.samples import facts

REJECTED = "/console/operations/rejected"
DELIVERIES = "/console/operations/deliveries"
CHANNELS = "/console/operations/channels"
REASON = "field: time is missing (at /time)"


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """A webhook may be on this machine."""
    async with open_house(replace(settings, allow_private_urls=True)) as opened:
        yield opened


async def refused(house: House, *payloads: bytes) -> list[str]:
    """The ids of records that ingest could not use, the newest first."""
    records = [
        Rejected("usage.events", 0, place, REASON, payload, ["aozora"])
        for place, payload in enumerate(payloads)
    ]
    async with transaction(house.desk.context.engine) as conn:
        await keep(conn, "ingest", records, house.desk.now - timedelta(hours=1))
    return [one["id"] for one in (await house.desk("GET", "/v1/events/rejected"))["data"]]


async def dead(house: House, number: int) -> None:
    """Deliveries v1, v2 … to a webhook, given up after one attempt."""
    async with transaction(house.desk.context.engine) as conn:
        for one in range(1, number + 1):
            given = {"n": one, "now": house.desk.now - timedelta(hours=1)}
            told = {"facts": json.dumps(facts(percent=95, threshold=95, used="9500"))}
            for statement, more in zip(_DEAD, (told, {}), strict=True):
                await conn.execute(text(statement), given | more)


_DEAD = (
    """
    insert into notification (id, key, recipient, account, kind, class, facts, created_at)
    values ('n' || cast(:n as integer), 'k' || cast(:n as integer), 'webhook', 'kitsune',
        'usage.threshold', 'notice', cast(:facts as jsonb), :now)
    """,
    """
    insert into delivery (id, notification, account, channel, lane, state, attempts, ended_at,
        deadline_at, created_at, tried)
    values ('v' || cast(:n as integer), 'n' || cast(:n as integer), 'kitsune', 'webhook',
        'v' || cast(:n as integer), 'dead', 1, :now, :now, :now,
        '[{"at": "2026-11-14T23:00:00Z", "outcome": "failed", "answer": "<b> 500",
           "state": "dead"}]')
    """,
)


async def mailed(house: House) -> None:
    """A mail m1 to the contact c1 of acct-42, given up after one attempt."""
    told = {"facts": json.dumps(facts(percent=95, threshold=95, used="9500"))}
    async with transaction(house.desk.context.engine) as conn:
        for statement, more in zip(_MAILED, (told, {}), strict=True):
            await conn.execute(text(statement), {"now": house.desk.now} | more)


_MAILED = (
    """
    insert into notification (id, key, recipient, account, contact, kind, class, facts, created_at)
    values ('nm', 'km', 'c1', 'acct-42', 'c1', 'usage.threshold', 'notice',
        cast(:facts as jsonb), :now)
    """,
    """
    insert into delivery (id, notification, account, contact, channel, lane, state, attempts,
        ended_at, deadline_at, created_at, tried)
    values ('m1', 'nm', 'acct-42', 'c1', 'email', 'm1', 'dead', 1, :now, :now, :now, '[]')
    """,
)


async def test_rejected_records_are_counted_corrected_and_set_aside(house: House) -> None:
    kato = await opened(house)
    ito = await house.visitor("o1", "operator", name="Ito")
    empty = await ito.get(REJECTED)
    assert empty.states() == {"reasons": "empty", "rejected": "empty"}
    assert "There is no reason to show." in empty.text
    two, one = await refused(house, b'{"id": "<b>"}', b'{"id": "2"}')

    page = await ito.get(REJECTED)
    assert (page.page, page.ids("rejected")) == ("operations_rejected", [two, one])
    assert (page.values("count"), page.values("open")) == (["2"], ["2"])
    assert page.values("total") == ["2"]
    assert "total" not in await house.desk("GET", "/v1/events/rejected")
    counted = await ito.get(f"{REJECTED}?service=ingest&reason={REASON}&replay=count")
    assert counted.values("matched") == ["2"]
    again = await ito.post(REJECTED, {"service": "ingest", "reason": REASON})
    assert "replayed=0&refused=2&said=sent" in again.headers["location"]

    shown = await ito.get(f"{REJECTED}/{one}")
    assert (shown.page, shown.values("reason")) == ("operations_rejected_one", [REASON])
    assert "&lt;b&gt;" in shown.html
    wrong: dict[str, Any] = {"act": "replay", "payload": '{"id": "3"}'}
    still = await ito.post(f"{REJECTED}/{one}", wrong)
    assert (still.status, "&#34;3&#34;" in still.html, 'id="e-payload"' in still.html) == (
        422,
        True,
        True,
    )
    assert (await ito.post(f"{REJECTED}/{one}", {"act": "dismiss", "reason": ""})).status == 422
    done = await ito.post(f"{REJECTED}/{one}", {"act": "dismiss", "reason": "a test"})
    assert done.headers["location"] == f"{REJECTED}/{one}?said=aside"
    assert (await ito.get(f"{REJECTED}?state=dismissed")).ids("rejected") == [one]
    assert (await ito.post(f"{REJECTED}/{two}", {"act": "dismiss", "reason": "x"})).status == 303
    assert "None since " in (await ito.get(REJECTED)).text

    assert (await kato.get(REJECTED)).status == 200
    assert (await kato.get(f"{REJECTED}/{one}")).status == 403
    assert (await kato.post(REJECTED, {"reason": REASON})).status == 403
    assert (await ito.get(f"{REJECTED}/999999")).status == 404


async def test_what_was_given_up_is_retried_cancelled_and_recovered(house: House) -> None:
    kato = await opened(house)
    ito = await house.visitor("o1", "operator", name="Ito", time_zone="Asia/Tokyo")
    assert (await ito.get(DELIVERIES)).states()["deliveries"] == "empty"
    await dead(house, 2)

    page = await ito.get(f"{DELIVERIES}?state=dead&channel=webhook")
    assert (page.page, page.ids("delivery")) == ("operations_deliveries", ["v2", "v1"])
    assert page.values("total") == ["2"]
    counted = await house.desk("GET", "/v1/deliveries?total=true&limit=1&account=kitsune")
    assert (len(counted["data"]), counted["total"]) == (1, 2)
    assert (await ito.get(f"{DELIVERIES}?state=queued")).states()["deliveries"] == "empty"
    assert (await ito.get(f"{DELIVERIES}?state=lost")).status == 404
    shown = await ito.get(f"{DELIVERIES}/v1")
    assert (shown.page, shown.values("outcome")) == ("operations_deliveries_one", ["failed"])
    assert "&lt;b&gt; 500" in shown.html
    assert shown.states()["message"] == "ready"
    assert '"percent": 95' in shown.text

    assert (await ito.post(f"{DELIVERIES}/v1", {"act": "retry"})).status == 303
    assert (await ito.post(f"{DELIVERIES}/v1", {"act": "cancel"})).status == 303
    assert (await ito.get(f"{DELIVERIES}/v1")).values("state") == ["cancelled"]
    assert (await ito.post(f"{DELIVERIES}/v1", {"act": "cancel"})).status == 409

    assert (await ito.get(f"{DELIVERIES}?since=soon")).status == 422
    counted = await ito.get(f"{DELIVERIES}?since=2026-11-01T00:00")
    assert counted.values("recoverable") == ["1"]
    assert 'value="2026-11-01T00:00:00+09:00"' in counted.html
    done = await ito.post(DELIVERIES, {"since": "2026-11-01T00:00"})
    assert "recovered=1" in done.headers["location"]
    assert (await house.desk("GET", "/v1/deliveries/v2"))["state"] == "queued"

    seen = await kato.get(f"{DELIVERIES}/v2")
    assert (seen.status, 'value="retry"' in seen.html) == (200, False)
    assert (await kato.post(f"{DELIVERIES}/v2", {"act": "cancel"})).status == 403


async def test_a_mail_is_shown_in_a_frame_that_loads_nothing(house: House) -> None:
    kato = await opened(house)
    await mailed(house)
    await dead(house, 1)
    page = await kato.get(f"{DELIVERIES}/m1")
    assert f'<iframe class="mail" sandbox src="{DELIVERIES}/m1/mail"' in page.html
    assert "9,500" in page.text
    mail = await kato.get(f"{DELIVERIES}/m1/mail")
    assert (mail.status, "9,500" in mail.text) == (200, True)
    assert mail.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha")
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert re.findall(r"\s(?:style|src|href)=", mail.html) == []
    assert "<iframe" not in (await kato.get(f"{DELIVERIES}/v1")).html
    assert (await kato.get(f"{DELIVERIES}/v1/mail")).status == 404


async def test_channels_say_what_they_need_and_mask_their_secrets(house: House) -> None:
    kato = await opened(house)
    ito = await house.visitor("o1", "operator", name="Ito")
    empty = await ito.get(CHANNELS)
    assert (empty.page, set(empty.values("state"))) == ("operations_channels", {"off"})
    assert "It needs a URL and a token." in empty.text
    path, told = f"{CHANNELS}/webhook", {"act": "change", "url": "http://127.0.0.1:9/"}
    assert (await ito.get(path)).values("state") == ["off"]
    made = await ito.post(path, told)
    assert (made.status, made.page) == (200, "operations_channels_one")
    secret = re.findall(r"whsec_[^<]+", made.html)[0]
    page = await ito.get(CHANNELS)
    assert "on" in page.values("state")
    assert page.values("secret") == ["***"]
    assert secret not in page.html + (await ito.get(path)).html
    tested = await ito.post(f"{CHANNELS}/webhook", {"act": "test"})
    assert (tested.status, 'id="problems"' in tested.html) == (200, True)
    seen = await kato.get(path)
    assert (seen.status, 'value="test"' in seen.html) == (200, False)
    assert seen.values("url") == ["http://127.0.0.1:9/"]
    assert (await kato.post(path, told)).status == 403
    assert (await kato.post(f"{CHANNELS}/webhook", {"act": "off"})).status == 403
    assert (await ito.post(f"{CHANNELS}/webhook", {"act": "off"})).status == 303
    assert set((await ito.get(CHANNELS)).values("state")) == {"off"}
    assert (await ito.post(f"{CHANNELS}/webhook", {"act": "off"})).status == 404
    assert (await ito.get(f"{CHANNELS}/pigeon")).status == 404


async def test_a_channel_is_set_once_more_by_who_was_slower(house: House) -> None:
    await opened(house)
    ito, abe = await house.visitor("o1", "operator"), await house.visitor("o2", "operator")
    path = f"{CHANNELS}/hubspot"
    crm = {"act": "change", "url": "https://127.0.0.1:9/", "token": "pat-1", "version": ""}
    wrong = await ito.post(path, crm | {"version": "no version", "revision": ""})
    assert (wrong.status, 'id="e-version"' in wrong.html) == (422, True)
    assert 'value="pat-1"' in wrong.html
    assert (await ito.post(path, crm)).headers["location"] == f"{path}?said=saved"
    mine, theirs = await ito.get(path), await abe.get(path)
    assert "pat-1" not in mine.html
    sent = {"act": "change", "token": "***", "url": crm["url"]}
    first = sent | {name: theirs.field(name, "change") for name in ("revision", "before")}
    assert (await abe.post(path, first | {"version": "2026-09"})).status == 303
    second = sent | {name: mine.field(name, "change") for name in ("revision", "before")}
    stale = await ito.post(path, second | {"version": "2026-01", "url": "https://localhost:9/"})
    assert (stale.status, stale.ids("conflict")) == (412, ["version"])
    again = {name: stale.field(name, "change") for name in ("revision", "before")}
    refused = await ito.post(path, sent | again | {"url": "https://localhost:9/"})
    assert (refused.status, 'id="e-token"' in refused.html) == (422, True)
    told = sent | again | {"url": "https://localhost:9/", "token": "pat-2"}
    assert (await ito.post(path, told)).status == 303
    assert (await house.desk("GET", "/v1/channels/hubspot"))["url"] == "https://localhost:9/"
    audit = await house.desk("GET", "/v1/audit?what=channel hubspot")
    assert [one["by"]["id"] for one in audit["data"]] == ["o1", "o2", "o1"]
