"""Many streams at once, and a reader with very many items."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from starlette.types import Message

from services.notifier.inbox import stream
from services.notifier.inbox import token as inbox_token
from services.notifier.store import inbox as sql
from shared.postgres.database import transaction
from shared.runtime.server import allow_connections
from tests.support.inboxes import EndUser, Office
from tests.support.loops import until

MANY = 3_000


async def open_stream(
    office: Office, token: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """Returns a connection, and what it received up to its first event."""
    host, _, port = office.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = f"Authorization: Bearer {token}"
    writer.write(f"GET /v1/inbox/stream HTTP/1.1\r\nHost: x\r\n{key}\r\n\r\n".encode())
    return reader, writer, await reader.readuntil(b'"unseen":0}')


@asynccontextmanager
async def crowd(office: Office, tokens: list[str]) -> AsyncIterator[list[asyncio.StreamReader]]:
    async with asyncio.timeout(60):
        opened = await asyncio.gather(*(open_stream(office, token) for token in tokens))
    try:
        assert {said.partition(b"\r\n")[0] for _, _, said in opened} == {b"HTTP/1.1 200 OK"}
        yield [reader for reader, _, _ in opened]
    finally:
        for _, writer, _ in opened:
            writer.close()
        await until(lambda: not office.hub.streams)


async def test_a_burst_of_streams_is_accepted_and_served(office: Office) -> None:
    """More than the limit of concurrent requests: after an outage all pages return together."""
    allow_connections()
    contacts = [f"c{number}" for number in range(150)]
    account = await office.account(*contacts)
    tokens = [office.token(account, contact) for contact in contacts for _ in range(10)]
    async with crowd(office, tokens) as readers:
        assert office.hub.streams == len(tokens) == 1_500
        await office.tell(account, *contacts)
        async with asyncio.timeout(60):
            await asyncio.gather(*(reader.readuntil(b"event: created") for reader in readers))


async def test_above_the_limit_streams_are_refused_with_retry_after(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_STREAMS", 3)
    account = await office.account("c1")
    async with crowd(office, [office.token(account)] * 3):
        answer = await office.reader(account).raw("GET", "/stream")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("methods", [["GET"], ["HEAD"], ["GET", "GET"], ["HEAD", "GET", "HEAD"]])
async def test_a_client_that_leaves_before_the_stream_begins_leaves_nothing_behind(
    office: Office, methods: list[str]
) -> None:
    """Even if it has pipelined more requests."""
    account = await office.account("c1")
    token = office.token(account)
    requests = "".join(
        f"{method} /v1/inbox/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        for method in methods
    )
    host, _, port = office.url.removeprefix("http://").partition(":")
    for _ in range(30):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(requests.encode())
        writer.close()

    async def let_in() -> bool:
        return (await office.reader(account).raw("HEAD", "/stream")).status_code == 200

    await until(let_in)  # 429 while more than twelve are open
    await until(lambda: not office.hub.streams)


async def test_an_answer_that_cannot_even_begin_leaves_nothing_behind(office: Office) -> None:
    account = await office.account("c1")
    grant = inbox_token.read(
        office.context.signer, office.token(account), office.context.clock.now()
    )
    assert grant is not None
    answer = stream.stream(office.hub, office.context, grant, None)
    assert office.hub.streams_of(account, "c1") == 1

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        raise ConnectionResetError

    with pytest.raises((ConnectionResetError, ExceptionGroup)):
        await answer({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert office.hub.streams_of(account, "c1") == 0


async def full_inbox(office: Office) -> str:
    """Creates an account whose contact c1 has very many items, copies of one."""
    account = await office.account("c1")
    await office.tell(account, "c1")
    async with transaction(office.context.engine) as conn:
        for statement in (
            """
            insert into notification (id, key, recipient, account, contact, kind, class, meter,
                threshold, alert, facts, created_at)
            select md5(id || g), md5(id || g), recipient, account, contact, kind, class, meter,
                threshold,
                   md5(alert || g), facts, created_at
            from notification, generate_series(2, :many) g where account = :account
            """,
            """
            insert into inbox_item (id, account, contact, alert, plain, created_at, created_seq,
                changed_seq)
            select md5(id || g), account, contact, md5(alert || g), plain, created_at, g, g
            from inbox_item, generate_series(2, :many) g where account = :account
            """,
            "update inbox_counter set seq = :many where account = :account",
        ):
            await conn.execute(
                text(statement),
                {"account": account, "many": MANY}
                if ":many" in statement
                else {"account": account},
            )
    async with office.context.engine.connect() as conn:
        await conn.execution_options(isolation_level="AUTOCOMMIT")
        await conn.execute(text("analyze inbox_item, notification"))
    return account


async def caught_up(user: EndUser, after: int, *, events: int) -> list[int]:
    """Returns the ids of the events after that number, up to the counts."""
    ids = []
    async with user.listen(after) as stream:
        while (event := await stream.next()).name != "counts":
            ids.append(event.id)
    assert len(ids) == events
    assert ids == sorted(set(ids))
    return ids


async def most_rows(office: Office, account: str, after: int) -> int:
    """Returns the most rows that any step of a page's plan took, without sequential scans."""
    explain = text("explain (analyze, format json) " + str(sql.PAGES.element))
    async with office.context.engine.connect() as conn:
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            await conn.execute(text(f"set local {setting} = off"))
        asked = {"accounts": [account], "contacts": ["c1"], "after": [after], "limit": 100}
        (plan,) = (await conn.execute(explain, asked)).scalar_one()
    return max(int(node["Actual Rows"] * node["Actual Loops"]) for node in _nodes(plan["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All but what is only counted, which is every unread item."""
    yield node
    for child in () if node["Node Type"] == "Aggregate" else node.get("Plans", ()):
        yield from _nodes(child)


async def test_a_reader_with_very_many_items(office: Office) -> None:
    """Marking all as seen writes one row, and a page costs what it holds, without a large sort."""
    account = await full_inbox(office)
    user = office.reader(account)
    assert await most_rows(office, account, 1) <= 200
    created = await caught_up(user, 0, events=MANY)
    assert await user("POST", "/seen") == {"unread": MANY, "unseen": 0}
    assert await rows_of(office, account) == 1
    assert await most_rows(office, account, created[-1] // 2) <= 200
    seen = await caught_up(user, created[-1], events=MANY)
    half = seen[MANY // 2]
    assert await caught_up(user, half, events=MANY // 2 - 1) == seen[MANY // 2 + 1 :]


async def rows_of(office: Office, account: str) -> int:
    async with office.context.engine.connect() as conn:
        return int(
            (
                await conn.execute(
                    text("select count(*) from inbox_seen where account = :a"), {"a": account}
                )
            ).scalar_one()
        )


async def test_what_was_seen_with_all_others_keeps_its_moment_through_every_change(
    office: Office,
) -> None:
    account = await office.account("c1")
    user = office.reader(account)
    for _ in range(4):
        await office.tell(account, "c1")
    newest, archived, read, oldest = [item["id"] for item in await user.items()]
    await user("POST", f"/{archived}/archive")
    await user("POST", "/seen")
    first = {item["id"]: item["seen_at"] for item in await user.items()}
    assert first[archived] is None  # it was archived
    assert None not in (first[newest], first[read], first[oldest])
    late = await office.tell(account, "c1")
    assert await user("GET", "/count") == {"unread": 4, "unseen": 1}
    await user("POST", "/seen")
    assert (await user("POST", f"/{read}/read"))["seen_at"] == first[read]
    assert (await user("POST", f"/{read}/unread"))["seen_at"] == first[read]
    assert (await user("POST", f"/{oldest}/archive"))["seen_at"] == first[oldest]
    now = {item["id"]: item["seen_at"] for item in await user.items()}
    assert {name: now[name] for name in first} == first
    assert len(now) == 5
    assert late
    assert await user("POST", "/seen") == {"unread": 3, "unseen": 0}
    assert await rows_of(office, account) == 2  # nothing new: nothing written


async def test_seen_while_messages_come_in_loses_no_badge_and_repeats_nothing(
    office: Office,
) -> None:
    """Each item is sent as created once and as updated at most once, in any order of commits."""
    account = await office.account("c1")
    user = office.reader(account)

    async def see() -> None:
        for _ in range(15):
            await user("POST", "/seen")

    async def tell() -> None:
        for _ in range(20):
            await office.tell(account, "c1")

    await asyncio.gather(see(), see(), tell(), tell())
    unseen = [item["id"] for item in await user.items() if item["seen_at"] is None]
    assert (await user("GET", "/count"))["unseen"] == len(unseen)
    await user("POST", "/seen")
    async with user.listen(0) as stream:
        told: dict[str, list[str]] = {"created": [], "updated": []}
        numbers = []
        while (event := await stream.next()).name != "counts":
            told[event.name].append(event.data["id"])
            numbers.append(event.id)
    assert numbers == sorted(set(numbers))
    assert len(told["created"]) == len(set(told["created"])) == 40
    assert sorted(told["updated"]) == sorted(told["created"])
