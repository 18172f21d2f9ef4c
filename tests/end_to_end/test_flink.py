"""deploy/flink in place of ingest: a real Flink counts, is killed, recovers from checkpoints, reads
everything again, and starts from nothing; trigger and notifier tell every alert once.
"""

import asyncio
import json
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.service import build as notifier
from services.trigger.service import build as trigger
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.runtime.settings import Settings
from tests.support.flink import JOB, Flink, statements
from tests.support.loops import produce, rows, until
from tests.support.serving import Served, serving

pytestmark = [pytest.mark.nightly, pytest.mark.faults, pytest.mark.timeout(3_600)]

_SECONDS = 600.0
MONTH = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
GB = 10**9
ACCOUNTS = [f"acct-{number:02}" for number in range(20)]
THRESHOLDS = (80, 90, 95, 100)
LIMITS = {"api_calls": 100, "seats": 20, "storage": 10 * GB}
CATALOG = b"""
currency: USD
meters:
  api_calls:
    {event: api.request, aggregation: count, reset: period, unit: call, name: {en: A, ja: A}}
  storage:
    {event: storage.measured, aggregation: latest, value: bytes, reset: never, unit: byte,
     name: {en: B, ja: B}}
  seats:
    {event: seat.changed, aggregation: sum, value: delta, reset: never, unit: seat,
     name: {en: C, ja: C}}
plans:
  - id: starter
    rank: 1
    name: Starter
    price: {month: 49}
    limits: {api_calls: 100, storage: 10 GB, seats: 20}
    support: {channels: [email], first_response_hours: 48, csm: none}
    features: []
"""


def _event(account: str, number: int, type_: str, at: datetime, **data: int) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{account}-{type_}-{number}",
            "source": "/product",
            "type": type_,
            "subject": account,
            "time": at.isoformat().replace("+00:00", "Z"),
            "data": data,
        }
    ).encode()


def _events() -> Iterator[tuple[str, bytes]]:
    """Of each account more than of the one before; of a third of the events a second copy."""
    for number, account in enumerate(ACCOUNTS):
        for call in range(50 + 3 * number):
            yield account, _event(account, call, "api.request", MONTH + timedelta(seconds=call))
        for seat in range(number + 1):
            yield account, _event(account, seat, "seat.changed", MONTH, delta=1)
        for hour in range(number + 1):
            yield (
                account,
                _event(
                    account,
                    hour,
                    "storage.measured",
                    MONTH + timedelta(seconds=hour),
                    bytes=hour * GB // 2 + 1,
                ),
            )


def _expected() -> dict[tuple[str, str], int]:
    found = {}
    for number, account in enumerate(ACCOUNTS):
        found[account, "api_calls"] = 50 + 3 * number
        found[account, "seats"] = number + 1
        found[account, "storage"] = number * GB // 2 + 1
    return found


def _sent() -> list[tuple[str, bytes]]:
    chance = random.Random(7)
    events = list(_events())
    events += chance.sample(events, len(events) // 3)
    chance.shuffle(events)
    return events


@pytest.fixture
def flink(tmp_path: Path) -> Iterator[Flink]:
    found = Flink(tmp_path)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[Served]:
    """Trigger and notifier, without ingest, with all accounts."""
    await ensure_topics(settings)
    async with serving(settings, [trigger, notifier]) as served:
        kind = {"Content-Type": "application/yaml"}
        answer = await served.client.put("/v1/catalog", content=CATALOG, headers=kind)
        assert answer.status_code == 200, answer.text
        for account in ACCOUNTS:
            await _open(served, account)
        yield served


async def _open(served: Served, account: str) -> None:
    owner = {"id": "c1", "name": "Owner", "email": f"{account}@example.com", "role": "owner"}
    body: dict[str, Any] = {"name": account, "time_zone": "UTC", "contacts": [owner]}
    terms = {"plan": "starter", "started_at": MONTH.isoformat().replace("+00:00", "Z")}
    for path, sent in (("", body), ("/subscription", terms)):
        answer = await served.client.put(f"/v1/accounts/{account}{path}", json=sent)
        assert answer.status_code in (200, 201), answer.text


def _submit(flink: Flink, settings: Settings, stack: Addresses, since: Path | None = None) -> None:
    """The file of deploy/flink with addresses of this test. Starts from a checkpoint if there is
    one.
    """
    prefix = settings.topic_prefix
    replaced = {
        "'kafka:9092'": f"'{stack.kafka}'",
        "'usage.events'": f"'{prefix}usage.events'",
        "'usage.totals'": f"'{prefix}usage.totals'",
        "'usage-totals'": f"'{prefix}usage-totals'",
        "file:///var/lib/flink": f"file://{flink.home}",
        "'10 s'": "'1 s'",
        "num-retained' = '3'": "num-retained' = '1000'",  # any of them may be gone back to
    }
    flink.start()
    for statement in statements(JOB.read_text(encoding="utf-8"), replaced):
        if since is not None and statement.startswith("EXECUTE PLAN"):
            flink.run(f"SET 'execution.state-recovery.path' = 'file://{since}'")
        flink.run(statement)


async def _totals(settings: Settings) -> dict[tuple[str, str], int]:
    found = await rows(settings, "select account, meter, used from usage_total")
    return {
        (str(account), str(meter)): int(str(used).split(".")[0]) for account, meter, used in found
    }


async def _revisions(settings: Settings) -> int:
    ((found,),) = await rows(settings, "select coalesce(sum(revision), 0) from usage_total")
    return int(str(found))


def _reached(used: int, limit: int) -> list[int]:
    return [threshold for threshold in THRESHOLDS if used * 100 >= limit * threshold]


async def _alerts(settings: Settings) -> Counter[tuple[str, str, str]]:
    found = await rows(settings, "select account, meter, threshold from alert")
    return Counter(
        (str(account), str(meter), str(threshold)) for account, meter, threshold in found
    )


async def _told(settings: Settings) -> Counter[tuple[str, str, str]]:
    """(account, meter, threshold) of every notice to the owner."""
    found = await rows(
        settings,
        "select account, meter, threshold from notification "
        "where kind = 'usage.threshold' and contact = 'c1'",
    )
    return Counter(
        (str(account), str(meter), str(threshold)) for account, meter, threshold in found
    )


def _due(totals: dict[tuple[str, str], int]) -> Iterable[tuple[str, str, int]]:
    for (account, meter), used in totals.items():
        for threshold in _reached(used, LIMITS[meter]):
            yield account, meter, threshold


async def test_every_alert_is_told_once_whatever_happens_to_flink(
    flink: Flink, served: Served, settings: Settings, stack: Addresses
) -> None:
    sent, expected = _sent(), _expected()
    third = len(sent) // 3
    await asyncio.to_thread(_submit, flink, settings, stack)
    await produce(settings, sent[:third])
    saved = await asyncio.to_thread(flink.checkpoint)
    seen = await _revisions(settings)
    await produce(settings, sent[third : 2 * third])
    await until(lambda: _is_more(settings, seen), _SECONDS, pause=0.05)
    flink.kill()  # what it published since the checkpoint, it publishes again in other pieces

    await asyncio.to_thread(_submit, flink, settings, stack, saved)
    await produce(settings, sent[2 * third :])
    await _await_totals(settings, expected)
    await until(lambda: _are_told(settings, expected), _SECONDS, pause=0.2)
    alerts, told = await _alerts(settings), await _told(settings)
    assert alerts == Counter(
        (account, meter, str(threshold)) for account, meter, threshold in _due(expected)
    )
    assert set(told.values()) == {1}

    for since in (flink.retained()[:1], []):  # from an old checkpoint, then from nothing
        flink.kill()
        if not since:
            flink.forget()
        await asyncio.to_thread(_submit, flink, settings, stack, *since)
        await _settle(flink, settings, sent)
        found = await _totals(settings)
        assert found | expected == found
        assert (await _alerts(settings), await _told(settings)) == (alerts, told)


async def _is_more(settings: Settings, seen: int) -> bool:
    return await _revisions(settings) > seen


async def _await_totals(settings: Settings, expected: dict[tuple[str, str], int]) -> None:
    end = asyncio.get_running_loop().time() + _SECONDS
    while (found := await _totals(settings)) != expected:
        assert asyncio.get_running_loop().time() < end, found.items() ^ expected.items()
        await asyncio.sleep(0.2)


async def _are_told(settings: Settings, expected: dict[tuple[str, str], int]) -> bool:
    """The highest threshold of every meter has been told."""
    highest: dict[tuple[str, str], int] = {}
    for account, meter, threshold in _due(expected):
        highest[account, meter] = max(threshold, highest.get((account, meter), 0))
    told = await _told(settings)
    return all((*place, str(threshold)) in told for place, threshold in highest.items())


async def _settle(flink: Flink, settings: Settings, sent: list[tuple[str, bytes]]) -> None:
    """Everything is sent again, and after it events of accounts of every partition that nobody
    knows; when these are counted, so is what was before them, or found to be known.
    """
    await produce(settings, sent)
    last = [f"last-{secrets.token_hex(4)}" for _ in range(16)]
    await produce(settings, [(name, _event(name, 1, "api.request", MONTH)) for name in last])

    async def all_counted() -> bool:
        totals = await _totals(settings)
        return all((name, "api_calls") in totals for name in last)

    await until(all_counted, _SECONDS, pause=0.2)
    for _ in range(2):  # the first may have begun before
        newest = flink.retained()[-1] if flink.retained() else None
        await asyncio.to_thread(flink.checkpoint, newer_than=newest)
