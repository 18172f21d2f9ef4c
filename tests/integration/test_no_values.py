"""What a customer wrote appears in no response, no reason of a rejected record, no log line and
nowhere in readiness.
"""

import io
import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.loop.outages import Outages
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings
from shared.telemetry.logs import configure_logging, log
from shared.telemetry.tracebacks import told, traceback_text
from tests.support.bad_facts import BAD
from tests.support.desk import Desk, open_desk, order

CANARY = "Kanarienvogel"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, name="canary", pool_size=1)
    yield engine
    await engine.dispose()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log output."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logging(stream=written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


DRIVER = {
    "the driver cannot encode it": ("select cast(:given as integer)", CANARY),
    "the driver cannot encode what holds it": (
        "select cast(:given as timestamptz)",
        {"name": CANARY},
    ),
    "the server cannot read it": ("select cast(cast(:given as text) as jsonb)", f"{{{CANARY}"),
    "it breaks a uniqueness": (
        (
            "insert into api_key (name, prefix, hash, scopes) select :given, 'x', 'x', '{}' "
            "from generate_series(1, 2)"
        ),
        CANARY,
    ),
    "it breaks a check": ("insert into app_state (key, value) values (:given, null)", CANARY),
}


@pytest.mark.parametrize("kind", DRIVER)
async def test_an_error_of_the_database_is_told_without_it(
    engine: AsyncEngine, lines: io.StringIO, kind: str
) -> None:
    statement, given = DRIVER[kind]
    away = Outages("ingest")
    with pytest.raises(Exception) as raised:  # noqa: PT011 # whatever the driver raises
        async with transaction(engine) as conn:
            await conn.execute(text(statement), {"given": given})
    assert CANARY in "".join(traceback.format_exception(raised.value)), "the case shows nothing"
    away.lost("postgres", raised.value)
    log.error("failed", exc_info=raised.value)
    said = [told(raised.value), traceback_text(raised.value), *away.faults(), lines.getvalue()]
    assert CANARY not in "\n".join(said)
    assert type(raised.value).__name__ in said[0]
    assert "test_no_values.py" in said[1]


class Named(BaseModel):
    age: int


def _errors() -> dict[str, Any]:
    return {
        "a key": lambda: dict[str, str]()[CANARY],
        "a number": lambda: int(CANARY),
        "a moment": lambda: msgspec.convert({"at": CANARY}, dict[str, int]),
        "a model": lambda: Named.model_validate({"age": CANARY}),
        "a model within": lambda: TypeAdapter(list[Named]).validate_python(
            [{"age": {"name": CANARY, "quote": "it's"}}]
        ),
        "a character": lambda: f"{CANARY}\ud800".encode(),
        "a word of several": lambda: msgspec.convert(CANARY, Named),
        "a text that breaks off": lambda: (_ for _ in ()).throw(
            ValueError(f"cannot take '{CANARY}")
        ),
    }


@pytest.mark.parametrize("kind", _errors())
def test_an_error_of_a_library_is_told_without_it(lines: io.StringIO, kind: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 # whatever the library raises
        _errors()[kind]()
    log.error("failed", exc_info=raised.value)
    assert CANARY not in "\n".join(
        [told(raised.value), traceback_text(raised.value), lines.getvalue()]
    )


@pytest.fixture
async def desk(stack: Any, database_url: str, topic_prefix: str) -> AsyncIterator[Desk]:
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap_servers=stack.kafka,
        topic_prefix=topic_prefix,
        admin_key="k" * 48,
        secret_key="s" * 48,
        port=0,
    )
    async with open_desk(settings, judgement=Judge(Catalogs())) as found:
        await found.opens()
        yield found


def _with_canaries(value: Any) -> Iterator[Any]:
    """The value with the canary in each place in turn, as a string and within an object; names stay
    unchanged.
    """
    match value:
        case dict():
            for key, item in value.items():
                yield from ({**value, key: changed} for changed in _with_canaries(item))
        case list():
            for index, item in enumerate(value):
                yield from (
                    [*value[:index], changed, *value[index + 1 :]]
                    for changed in _with_canaries(item)
                )
        case _:
            yield from (CANARY, {"x": CANARY}, f"{CANARY}\u0000")


def _quotes_it(body: str) -> bool:
    return CANARY in body


FULL_ACCOUNT = {
    "name": "A",
    "locale": "en",
    "time_zone": "UTC",
    "country": "JP",
    "currency": "USD",
    "segment": "s",
    "employees": 1,
    "customer_since": "2026-01-01",
    "contacts": [
        {"id": "c", "name": "C", "role": "owner", "email": "c@example.com", "locale": "en"}
    ],
    "csm": {"id": "u", "name": "U", "email": "u@example.com", "close_authority": "5"},
    "external_ids": {"hubspot": "1"},
}
DOORS: list[tuple[str, str, Any]] = [
    ("PUT", "/v1/accounts/acct-42", FULL_ACCOUNT),
    (
        "PUT",
        "/v1/accounts/acct-42/subscription",
        {**order("starter"), "price": "1.00", "add_ons": {"x": 1}},
    ),
    (
        "PUT",
        "/v1/accounts/acct-42/limits/seats",
        {"limit": "5 GB", "thresholds": [50, {"at": "9 GB"}]},
    ),
    (
        "POST",
        "/v1/accounts/acct-42/quotes",
        {"plan": "pro", "mode": "day", "at": "2026-11-15T00:00:00Z"},
    ),
    ("POST", "/v1/backtests", {"catalog": "x", "since": "90d", "account": "acct-42"}),
]


async def test_no_door_repeats_what_it_refuses(desk: Desk, lines: io.StringIO) -> None:
    refused = 0
    for method, path, body in DOORS:
        for changed in _with_canaries(body):
            answer = await desk.http.request(method, path, json=changed)
            assert answer.status_code < 500, (changed, answer.text)
            if answer.status_code >= 400:
                refused += 1
                assert not _quotes_it(answer.text), (changed, answer.text)
    assert refused > 60
    for query in ("can?meter=seats&amount=", "usage?at=", "can?amount=1&meter="):
        answer = await desk.http.get(f"/v1/accounts/acct-42/{query}{CANARY}")
        assert answer.status_code == 422
        assert not _quotes_it(answer.text)
    assert not _quotes_it(lines.getvalue())


async def test_no_rejected_record_repeats_what_it_was_rejected_for(
    desk: Desk, lines: io.StringIO
) -> None:
    await _refuse_facts(desk)
    await _reject_totals(desk)
    await _reject_signals(desk)
    reasons = [row.reason for row in await desk.rows("select reason from event_rejected")]
    assert len(reasons) > 100
    assert [reason for reason in reasons if _quotes_it(reason)] == []
    assert not _quotes_it(lines.getvalue())


async def _refuse_facts(desk: Desk) -> None:
    """Over HTTP, and as records from elsewhere."""
    number = 0
    for type_, data, _ in BAD:
        for changed in _with_canaries(data) if data else ():
            number += 1
            event = {
                "specversion": "1.0",
                "id": f"x{number}",
                "source": "/crm",
                "type": type_,
                "subject": "acct-42",
                "data": changed,
            }
            event["time"] = desk.now.isoformat()
            answer = await desk.http.post(
                "/v1/signals",
                content=json.dumps(event),
                headers={"Content-Type": "application/cloudevents+json"},
            )
            # 503: it would be published, and nothing here publishes
            assert answer.status_code in (503, 422), (changed, answer.text)
            assert not _quotes_it(answer.text), (changed, answer.text)
            await desk.learns(type_, changed, id=f"k{number}")


async def _reject_totals(desk: Desk) -> None:
    total = {
        "account": "acct-42",
        "meter": "seats",
        "period": None,
        "used": 1,
        "last_event_at": "2026-11-15T00:00:00Z",
        "revision": 1,
    }
    await desk.gets(
        "usage.totals",
        *(json.dumps(changed).encode() for changed in _with_canaries(total)),
        CANARY.encode(),
    )


async def _reject_signals(desk: Desk) -> None:
    for name in ("subject", "type", "time", "id", "source", "specversion"):
        good = {
            "specversion": "1.0",
            "id": "i",
            "source": "/crm",
            "type": "login.recorded",
            "subject": "acct-42",
            "time": desk.now.isoformat(),
        }
        for wrong in (f"{CANARY}\u0000", {"x": CANARY}, CANARY):
            await desk.gets(
                "account.events", json.dumps({**good, name: wrong, "data": {"user": "u"}}).encode()
            )
