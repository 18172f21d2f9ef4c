"""The stream: changes arrive immediately and in order; a client that reconnects misses nothing."""

import asyncio
import contextlib
import random
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from services.notifier.inbox import stream as inbox_stream
from shared.embedded import Addresses
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.settings import load_settings
from tests.support.inboxes import GB, EndOfStream, Office, Stream, open_office


async def test_a_stream_begins_with_the_counts_and_sends_each_change(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", threshold=80, used=8 * GB)
    user = office.reader(account)
    async with user.listen() as stream:
        first = await stream.next()
        assert (first.name, first.data) == ("counts", {"unread": 1, "unseen": 1})
        assert stream.retry == 3000
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in stream.headers["cache-control"]
        alert = await office.tell(account, "c1")
        created, counts = await stream.next(), await stream.next()
        assert created.name == "created"
        assert created.data == (await user.items())[0]
        assert (counts.name, counts.data) == ("counts", {"unread": 2, "unseen": 2})
        await user("POST", f"/{created.data['id']}/read")
        updated, counts = await stream.next(), await stream.next()
        assert (updated.name, updated.data["read_at"] is not None) == ("updated", True)
        assert counts.data == {"unread": 1, "unseen": 1}
        await office.cure(alert)
        resolved, counts = await stream.next(), await stream.next()
        assert (resolved.name, resolved.data["resolved_at"] is not None) == ("resolved", True)
        ids = [first.id, created.id, updated.id, resolved.id, counts.id]
        assert ids == sorted(set(ids))


async def test_seen_in_one_window_reaches_the_other(office: Office) -> None:
    account = await office.account("c1")
    for _ in range(3):
        await office.tell(account, "c1")
    user = office.reader(account)
    async with user.listen() as stream:
        await stream.next()
        await user("POST", "/seen")
        events = [await stream.next() for _ in range(4)]
    assert [event.name for event in events] == ["updated", "updated", "updated", "counts"]
    assert events[-1].data == {"unread": 3, "unseen": 0}


async def test_reconnecting_brings_what_was_missed_in_order(office: Office) -> None:
    account = await office.account("c1")
    user = office.reader(account)
    async with user.listen() as stream:
        await stream.next()  # from here on it misses nothing
        alert = await office.tell(account, "c1", threshold=80, used=8 * GB)
        last = (await stream.until("created")).id
    higher = await office.tell(account, "c1", closes=alert)
    await office.cure(higher)
    async with user.listen(last) as stream:
        events = [await stream.next() for _ in range(4)]
    assert [(event.name, event.data.get("threshold")) for event in events] == [
        ("resolved", 80),
        ("created", 90),
        ("resolved", 90),
        ("counts", None),
    ]


async def test_reconnecting_after_counts_repeats_nothing(office: Office) -> None:
    account = await office.account("c1")
    user = office.reader(account)
    await office.tell(account, "c1")
    async with user.listen(0) as stream:
        assert (await stream.next()).name == "created"
        counts = await stream.next()
    async with user.listen(counts.id) as stream:
        again = await stream.next()
        assert (again.name, again.id) == ("counts", counts.id)
        await office.tell(account, "c1")
        assert (await stream.next()).name == "created"


async def test_the_query_parameter_works_like_the_header(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    user = office.reader(account)
    headers = {"Authorization": f"Bearer {user.token}"}
    async with office.http.stream(
        "GET", "/v1/inbox/stream?last_event_id=0", headers=headers
    ) as response:
        async for line in response.aiter_lines():
            if line.startswith("event:"):
                assert line == "event: created"
                break


async def test_an_id_that_was_never_assigned_brings_everything_again(office: Office) -> None:
    """After a restore from a backup, clients have ids that this database never assigned."""
    account = await office.account("c1")
    await office.tell(account, "c1")
    async with office.reader(account).listen(10**9) as stream:
        assert (await stream.next()).name == "created"


@pytest.mark.parametrize("bad", ["x", "-1", "1.5", "１", str(2**80)])
async def test_an_invalid_id_is_refused(office: Office, bad: str) -> None:
    account = await office.account("c1")
    headers = {
        b"Authorization": f"Bearer {office.token(account)}".encode(),
        b"Last-Event-ID": bad.encode(),
    }
    answer = await office.http.get("/v1/inbox/stream", headers=headers)
    assert answer.status_code == 422


async def test_a_backlog_longer_than_a_page_arrives_whole(office: Office) -> None:
    account = await office.account("c1")
    for _ in range(120):
        await office.tell(account, "c1")
    user = office.reader(account)
    await user("POST", "/seen")
    async with user.listen(0) as stream:
        found: dict[str, set[str]] = {"created": set(), "updated": set()}
        while len(found["updated"]) < 120:
            event = await stream.next()
            if event.name in found:
                found[event.name].add(event.data["id"])
    assert len(found["created"]) == 120


async def _write(office: Office, account: str, seed: int, count: int) -> None:
    """Tells of so many alerts, of which some are cured in between."""
    rng = random.Random(seed)
    alerts = []
    for _ in range(count):
        alerts.append(
            await office.tell(account, *rng.choice((("c1",), ("c1", "c2"), ("c2", "c1"))))
        )
        if rng.random() < 0.5:
            await office.cure(rng.choice(alerts))
        await asyncio.sleep(rng.random() / 200)


async def test_no_gap_and_no_repetition_while_writers_race_and_the_reader_comes_and_goes(
    office: Office,
) -> None:
    """A sequence would lose late commits; a counter under its row lock cannot."""
    account = await office.account("c1", "c2")
    user = office.reader(account)
    writers, each = 8, 15

    working = asyncio.gather(*(_write(office, account, seed, each) for seed in range(writers)))
    created: list[str] = []
    resolved: list[str] = []
    last = 0
    rng = random.Random(7)
    while (
        len(created) < writers * each
        or not working.done()
        or len(resolved) < await _resolved(office, account)
    ):
        async with user.listen(last) as stream:
            for _ in range(rng.randint(1, 25)):
                try:
                    event = await stream.next(2)
                except TimeoutError:
                    break
                assert event.id >= last
                last = event.id
                if event.name == "created":
                    created.append(event.data["id"])
                elif event.name == "resolved":
                    resolved.append(event.data["id"])
    await working
    items = await user("GET", "?limit=500")
    assert len(created) == len(set(created)) == writers * each
    assert created == [item["id"] for item in reversed(items["data"])]
    assert sorted(resolved) == sorted(item["id"] for item in items["data"] if item["resolved_at"])


async def _resolved(office: Office, account: str) -> int:
    items = await office.reader(account)("GET", "?limit=500")
    return sum(1 for item in items["data"] if item["resolved_at"])


async def test_many_streams_share_one_listener_and_all_get_the_change(office: Office) -> None:
    contacts = [f"c{number}" for number in range(60)]
    account = await office.account(*contacts)
    streams = [office.reader(account, contact).listen() for contact in contacts]
    for stream in streams:
        await stream.__aenter__()
    try:
        await asyncio.gather(*(stream.next() for stream in streams))
        assert await _listeners(office) == 1
        await office.tell(account, *contacts)
        events = await asyncio.gather(*(stream.next() for stream in streams))
        assert {event.name for event in events} == {"created"}
        assert len({event.data["id"] for event in events}) == len(contacts)
    finally:
        await asyncio.gather(*(stream.__aexit__() for stream in streams))


async def _listeners(office: Office) -> int:
    async with office.context.engine.connect() as conn:
        query = (
            "select count(*) from pg_stat_activity "
            "where datname = current_database() and application_name like '%-wake'"
        )
        return int((await conn.execute(text(query))).scalar_one())


async def test_an_alert_is_on_the_screen_within_milliseconds(office: Office) -> None:
    """From commit to client. The machine is shared, so the median counts."""
    account = await office.account("c1")
    took = []
    async with office.reader(account).listen() as stream:
        await stream.next()
        for _ in range(30):
            await office.tell(account, "c1")
            started = time.perf_counter()
            await stream.until("created")
            took.append(time.perf_counter() - started)
            await stream.until("counts")
    assert statistics.median(took) < 0.25


async def test_a_message_of_the_same_process_needs_one_statement_and_no_listener(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listener would only look a minute later, and is not woken by its own process."""
    account, asked = await office.account("c1"), []
    engine = office.context.engine.sync_engine

    def write_down(*given: Any) -> None:
        asked.append(given[2])

    async with office.reader(account).listen() as stream:
        await stream.next()
        monkeypatch.setattr(inbox_stream, "_LOOK_SECONDS", 60)
        await office.tell(account, "c1")
        await stream.until("counts")
        event.listen(engine, "before_cursor_execute", write_down)
        await office.tell(account, "c1", directly=True)
        told = len(asked)
        created = await stream.until("created", 10)
        event.remove(engine, "before_cursor_execute", write_down)
        monkeypatch.undo()
        await office.tell(account, "c1")  # ends the listener's minute
    assert [one for one in asked[told:] if "inbox_counter" in one] == [asked[told]]
    assert created.data == (await office.reader(account).items())[1]


async def test_a_stream_ends_with_its_token(office: Office) -> None:
    account = await office.account("c1")
    async with office.reader(account, ttl=1.5).listen() as stream:
        await stream.next()
        started = time.perf_counter()
        with pytest.raises(EndOfStream):
            await stream.next()
        assert time.perf_counter() - started < 6


async def test_a_stream_ends_when_its_contact_leaves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_stream, "_MEMBERSHIP_SECONDS", 0.5)
    account = await office.account("c1", "c2")
    async with (
        office.reader(account).listen() as gone,
        office.reader(account, "c2").listen() as stays,
    ):
        await gone.next()
        await stays.next()
        await office.leave(account, "c1")
        with pytest.raises(EndOfStream):
            await gone.next()
        await office.tell(account, "c2")
        assert (await stays.next()).name == "created"


async def test_a_stream_ends_when_another_person_becomes_that_contact(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_stream, "_MEMBERSHIP_SECONDS", 0.5)
    account = await office.account("c1")
    async with office.reader(account).listen() as before:
        await before.next()
        await office.change(account, "c1", name="山田 太郎", email="taro@example.com")
        with pytest.raises(EndOfStream):
            await before.next()


async def test_heartbeats_are_comments(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert inbox_stream.HEARTBEAT_SECONDS <= 20
    monkeypatch.setattr(inbox_stream, "HEARTBEAT_SECONDS", 0.2)
    account = await office.account("c1")
    async with office.reader(account).listen() as stream:
        await stream.next()
        with pytest.raises(TimeoutError):
            await stream.next(1)
    assert stream.comments.count("still here") >= 2


async def test_a_contact_has_no_more_streams_than_a_person_needs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_stream, "MOST_PER_CONTACT", 2)
    account = await office.account("c1", "c2")
    user = office.reader(account)
    async with user.listen() as one, user.listen() as two:
        await one.next()
        await two.next()
        answer = await user.raw("GET", "/stream")
        assert answer.status_code == 429
        assert answer.headers["retry-after"]
        async with office.reader(account, "c2").listen() as other:
            assert (await other.next()).name == "counts"
    for _ in range(50):
        await asyncio.sleep(0.1)
        if not office.hub.streams:
            break
    async with user.listen() as again:
        assert (await again.next()).name == "counts"


async def test_streams_that_were_closed_leave_nothing_behind(office: Office) -> None:
    account = await office.account("c1")
    user = office.reader(account)
    for _ in range(20):
        async with user.listen() as stream:
            await stream.next()
    for _ in range(50):
        if not office.hub.streams:
            break
        await asyncio.sleep(0.1)
    assert office.hub.streams == 0


async def test_a_stream_whose_database_failed_resumes_where_it_was(office: Office) -> None:
    """It may end or not; resumed from the last id, nothing is missed and nothing is repeated."""
    account = await office.account("c1")
    user = office.reader(account)
    seen: list[str] = []
    last = 0

    async def follow(stream: Stream) -> None:
        """Reads up to the next counts."""
        nonlocal last
        while (event := await stream.next(2)).name != "counts":
            last = event.id
            seen.extend([event.data["id"]] if event.name == "created" else [])
        last = event.id

    for _ in range(5):
        async with user.listen(last) as stream:
            await follow(stream)
            async with office.context.engine.connect() as conn:
                await conn.execute(text(_CUT_OFF))
            await _again(lambda: office.tell(account, "c1"))
            with contextlib.suppress(EndOfStream, TimeoutError):
                await follow(stream)
    async with user.listen(last) as stream:
        await follow(stream)
    assert seen == [item["id"] for item in reversed(await user.items())]
    assert len(seen) == 5


_CUT_OFF = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'plimsoll-inbox-test%'
        and pid <> pg_backend_pid()
"""


async def _again(work: Callable[[], Awaitable[object]]) -> None:
    """Retries: each connection of the pool that was cut off fails once."""
    for _ in range(20):
        with contextlib.suppress(DatabaseUnavailable):
            await work()
            return
    raise AssertionError("the database does not come back")


async def test_a_process_that_stops_ends_its_streams_immediately(
    stack: Addresses, module_database_url: str
) -> None:
    environment = {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
    }
    ended = []
    async with open_office(load_settings(environment)) as office:
        account = await office.account("c1", "c2")

        async def listen(contact: str) -> None:
            async with office.reader(account, contact).listen() as stream:
                assert (await stream.next()).name == "counts"
                try:
                    await stream.next(20)
                except EndOfStream:
                    ended.append(contact)

        listening = asyncio.gather(listen("c1"), listen("c2"))
        await asyncio.sleep(1)
        assert office.hub.streams == 2
        started = time.perf_counter()
        await office.stop()
        await listening
        assert time.perf_counter() - started < 3
    assert sorted(ended) == ["c1", "c2"]
