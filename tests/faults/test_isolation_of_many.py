"""A hundred accounts with a fault in some part of their work (at night thousands): all others are
served, and once the fault is gone everything resumes.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import text

from shared.clock.test_faults import Part
from shared.embedded import Addresses
from tests.end_to_end.eight import GB, START, Town, town

WELL = 30
MAILED = ("render", "deliver")
"""Parts whose accounts have a contact with mail: sending a mail for each of two thousand would take
too long.
"""

_PARTS: tuple[str, ...] = get_args(Part)
_CLONE = """
    insert into {table} select (jsonb_populate_record(t, jsonb_build_object('{key}', n))).*
        from {table} t
    cross join unnest(cast(:names as text[])) as n where t.{key} = 'template'
"""


@pytest.fixture
async def here(
    database_url: str, stack: Addresses, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Town]:
    async with town(database_url, stack.kafka, topic_prefix, tmp_path) as found:
        yield found


async def _open(here: Town, names: Sequence[str], without_mail: Sequence[str]) -> None:
    await here.account("template").opens("starter", "2025-08-01")
    async with here.engine.begin() as conn:
        for table, key in (("account", "id"), ("contact", "account"), ("subscription", "account")):
            await conn.execute(text(_CLONE.format(table=table, key=key)), {"names": list(names)})
        timed = [name for name in names if not name.startswith("healthy")]
        await conn.execute(text(_CLONE.format(table="due", key="account")), {"names": timed})
        await conn.execute(
            text("update contact set email = account || '@example.com' where account <> 'template'")
        )
        await conn.execute(
            text("update contact set role = 'member' where account = any(:names)"),
            {"names": list(without_mail)},
        )


async def _faults(here: Town, faults: dict[str, list[str]]) -> None:
    """Same as `PUT /v1/test-faults` for each, in one step; the processes look within half a
    second.
    """
    async with here.engine.begin() as conn:
        await conn.execute(
            text(
                "insert into app_state (key, value) values ('test-faults', cast(:value as jsonb)) "
                "on conflict (key) do update set value = excluded.value"
            ),
            {"value": json.dumps(faults)},
        )
        await conn.execute(text("select pg_notify('plimsoll_test_faults', '')"))
    await asyncio.sleep(1.0)


async def _fill(here: Town, names: Sequence[str]) -> None:
    topic = f"{here.prefix}usage.events"
    sent = [
        await here.producer.send(
            topic,
            json.dumps(here.event(name, "storage.measured", START, {"bytes": 9 * GB})).encode(),
            key=name.encode(),
        )
        for name in names
    ]
    await asyncio.gather(*sent)


async def _rows(here: Town, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    async with here.engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(statement), parameters)]


async def _told(here: Town, names: Sequence[str]) -> Counter[tuple[Any, ...]]:
    """The results for these accounts, without their names: alerts and deliveries."""
    alerts = await _rows(
        here,
        "select threshold, state, notified from alert where account = any(:names)",
        names=list(names),
    )
    sent = await _rows(
        here, "select channel, state from delivery where account = any(:names)", names=list(names)
    )
    decided = await _rows(
        here, "select outcome, cause from decision where account = any(:names)", names=list(names)
    )
    return Counter(
        [("alert", *row) for row in alerts]
        + [("sent", *row) for row in sent]
        + [("decided", *row) for row in decided]
    )


async def _until(probe: Any, seconds: float, what: str) -> tuple[float, float]:
    """The seconds, and the CPU seconds of the services, which run in this process."""
    started, worked = time.monotonic(), time.process_time()
    while not await probe():
        assert time.monotonic() - started < seconds, f"{what}: not within {seconds} s"
        await asyncio.sleep(0.2)
    return time.monotonic() - started, time.process_time() - worked


async def _are_told(here: Town, names: Sequence[str]) -> bool:
    """Whether each has its in-app notice."""
    [(told,)] = await _rows(
        here,
        "select count(distinct account) from notification "
        "where account = any(:names) and contact is not null",
        names=list(names),
    )
    return bool(told == len(names))


async def _are_mailed(here: Town, names: Sequence[str]) -> bool:
    [(mailed,)] = await _rows(
        here,
        "select count(*) from delivery "
        "where account = any(:names) and channel = 'email' and state = 'delivered'",
        names=list(names),
    )
    return bool(mailed == len(names))


async def _clock(here: Town, now: str) -> None:
    """Waits until everything due then has been done; the endpoint itself waits for thirty
    seconds.
    """
    minutes = iter(range(60))

    async def done() -> bool:
        answer = await here.http.put(
            "/v1/test-clock", json={"now": now.replace(":00:00", f":{next(minutes):02}:00")}
        )
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200

    await _until(done, 120, f"the clock at {now}")


_ASIDE = "select count(distinct account) from parked where part = :part"


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("many", [120, pytest.param(2_000, marks=pytest.mark.nightly)])
async def test_many_with_a_fault_touch_nobody_else_and_all_of_it_goes_on(
    here: Town, many: int
) -> None:
    sick = {f"sick{number}": _PARTS[number % len(_PARTS)] for number in range(many)}
    before = [f"before{number}" for number in range(WELL)]
    well = [f"well{number}" for number in range(WELL)]
    healthy = [f"healthy{number}" for number in range(many // 4)]
    await _open(
        here,
        [*sick, *healthy, *before, *well],
        [*healthy, *(name for name, part in sick.items() if part not in MAILED)],
    )
    await _run_without_and_with_faults(here, sick, healthy, before, well)
    await _look_daily(here, sick)
    await _go_on(here, sick)


async def _run_without_and_with_faults(
    here: Town,
    sick: dict[str, str],
    healthy: list[str],
    before: list[str],
    well: list[str],
) -> None:
    """With the failing accounts there is no more to do before the others are told than with as many
    healthy ones: four times the previous run. It is compared as CPU time, since other tests may
    load the machine in one of the runs; the seconds have a limit besides, beyond which the others
    would wait if each failure held them up.
    """
    await _fill(here, _mixed(healthy, before))
    seconds, usual = await _until(lambda: _are_told(here, before), 120, "a run without faults")
    await _until(lambda: _are_told(here, healthy), 120, "all of a run without faults")
    await _faults(here, {name: [part] for name, part in sick.items()})
    await _fill(here, _mixed([*sick], well))
    _, beside = await _until(
        lambda: _are_told(here, well),
        max(2 * (4 * seconds) + 2, 30),
        "accounts beside those that fail",
    )
    assert beside < 2 * (4 * usual) + 2, f"{beside:.1f} s of computing, else {usual:.1f} s"
    await _until(lambda: _are_mailed(here, [*before, *well]), 60, "their mails")
    assert await _told(here, well) == await _told(here, before)
    await _fail_by_part(here, sick)
    assert (await here.http.get("/readyz")).status_code == 200


async def _fail_by_part(here: Town, sick: dict[str, str]) -> None:
    """Those whose timers or judgement fail have their notice too; all but failing timers put their
    account aside.
    """
    notified = [name for name, part in sick.items() if part in ("timer", "judgement")]
    await _until(
        lambda: _are_told(here, notified), 60, "notices of accounts whose judgement or timers fail"
    )
    for part in _PARTS:
        if part != "timer":
            expected = [(sum(1 for one in sick.values() if one == part),)]
            await _until(
                lambda part=part, expected=expected: _is(here, _ASIDE, expected, part=part),
                60,
                part,
            )


async def _look_daily(here: Town, sick: dict[str, str]) -> None:
    """Timers fire for all but the accounts whose timers fail."""
    await _clock(here, "2025-09-17T01:00:00Z")  # the daily looks at nine in Tokyo
    assert await _rows(here, _ASIDE, part="timer") == [
        (sum(1 for one in sick.values() if one == "timer"),)
    ]
    late = (
        "select count(*) from due "
        "where purpose = 'usage_day' and account like 'well%' and at > '2025-09-17T01:00:00Z'"
    )
    assert await _rows(here, late) == [(WELL,)]


async def _go_on(here: Town, sick: dict[str, str]) -> None:
    """Everything that failed is done once the faults are gone, and nothing twice."""
    await _faults(here, {})
    await _clock(here, "2025-09-18T12:00:00Z")
    await _until(lambda: _is(here, "select count(*) from parked", [(0,)]), 60, "everything goes on")
    await _until(
        lambda: _are_mailed(here, [name for name, part in sick.items() if part in MAILED]),
        120,
        "all have their mail",
    )
    await _until(lambda: _are_told(here, [*sick]), 60, "all have their notice")
    by_account = Counter(to for to, _ in here.mailbox.mails)
    assert set(by_account.values()) == {1}
    assert await _is(here, "select count(*) from decision where outcome = 'failed'", [(0,)])
    assert await _is(here, "select count(*) from parked_record", [(0,)])
    told = await _told(here, [name for name, part in sick.items() if part == "thresholds"])
    of_part = sum(1 for part in sick.values() if part == "thresholds")
    alerts = {kind: number for kind, number in told.items() if kind[0] == "alert"}
    assert alerts == {
        ("alert", "80", "superseded", False): of_part,
        ("alert", "90", "open", True): of_part,
    }
    twice = (
        "select 1 from notification where kind = 'usage.threshold' "
        "group by account, recipient having count(*) > 1"
    )
    assert await _rows(here, twice) == []


def _mixed(many: list[str], few: list[str]) -> list[str]:
    """Interleaves the few evenly with the many."""
    every = len(many) // len(few)
    return [
        name
        for index, one in enumerate(few)
        for name in (one, *many[index * every : (index + 1) * every])
    ] + many[len(few) * every :]


async def _is(
    here: Town, statement: str, expected: list[tuple[Any, ...]], **parameters: Any
) -> bool:
    return await _rows(here, statement, **parameters) == expected
