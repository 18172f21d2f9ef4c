"""The HTTP behaviour of every service, tested from outside over a real socket."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from prometheus_client.parser import text_string_to_metric_families
from pydantic import Field

from shared.kafka.clients import Outgoing
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.runtime.service import Service
from shared.runtime.settings import Settings, load_settings
from shared.security.api_keys import create_key, revoke_key
from shared.telemetry import metrics
from shared.web import (
    Body,
    CurrentContext,
    Day,
    Identifier,
    Moment,
    PageRoute,
    Paging,
    PathIdentifier,
    Problem,
    Quantity,
    answer,
    media_type,
    require,
    router,
)
from tests.support.loops import until
from tests.support.serving import Served, serving
from tests.support.trust import TRUST

THINGS = 120
JSON = {"Content-Type": "application/json"}


class Part(Body):
    name: Identifier
    limit: Quantity | None = None


class Thing(Body):
    name: Identifier
    at: Moment | None = None
    day: Day | None = None
    limit: Quantity | None = None
    count: int = 0
    parts: tuple[Part, ...] = Field(default=(), strict=False)
    either: int | str = 0


def build(context: Context) -> Service:
    made, opened = router(tags=["things"]), router(tags=["things"], route=PageRoute)
    _add_things(made)
    _add_failures(made)
    _add_what_needs_servers(made)
    _add_streams(made)

    @opened.get("/v1/page")
    async def opened_page() -> Response:
        return answer({"page": True})

    return Service("things", [made, opened])


def _add_things(made: APIRouter) -> None:
    @made.put("/v1/things/{thing}", dependencies=[Depends(require("accounts:write"))])
    async def put(thing: PathIdentifier, body: Thing) -> Response:
        return answer({"thing": thing, **body.model_dump()})

    @made.get("/v1/things", dependencies=[Depends(require("read"))])
    async def page(page: Paging, colour: str | None = None) -> Response:
        start = page.after[0] if page.after else 0
        return answer(
            page.body(
                range(start, THINGS)[: page.fetch],
                lambda n: [n + 1],
                lambda n: {"n": n, "colour": colour},
            )
        )

    @made.post("/v1/raw", dependencies=[Depends(require("events:write"))])
    async def raw(request: Request) -> Response:
        return answer(
            {
                "type": media_type(request, {"application/yaml", "application/json"}),
                "bytes": len(await request.body()),
            }
        )


def _add_failures(made: APIRouter) -> None:
    @made.get("/v1/defect", dependencies=[Depends(require("read"))])
    async def defect() -> Response:
        raise KeyError("canary@example.com")

    @made.get("/v1/conflict", dependencies=[Depends(require("read"))])
    async def conflict() -> Response:
        raise Problem(409, "It is taken.")


def _add_what_needs_servers(made: APIRouter) -> None:
    @made.get("/v1/stored", dependencies=[Depends(require("read"))])
    async def stored(context: CurrentContext, value: str) -> Response:
        from sqlalchemy import text

        async with transaction(context.engine) as conn:
            return answer(
                {
                    "value": (
                        await conn.execute(text("select cast(:v as text)"), {"v": value})
                    ).scalar_one()
                }
            )

    @made.post("/v1/sent", dependencies=[Depends(require("events:write"))])
    async def sent(context: CurrentContext) -> Response:
        await context.producer.send([Outgoing("usage.events", b"k", b"v")])
        return answer({"accepted": 1}, 202)


def _add_streams(made: APIRouter) -> None:
    @made.get("/v1/stream", dependencies=[Depends(require("read"))])
    async def stream(context: CurrentContext) -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            for number in range(1000):
                yield f"data: {number}\n\n"
                try:
                    async with asyncio.timeout(0.05):
                        await context.stopping.wait()
                    return
                except TimeoutError:
                    continue

        return StreamingResponse(lines(), media_type="text/event-stream")

    @made.get("/v1/broken", dependencies=[Depends(require("read"))])
    async def broken() -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            yield "data: 0\n\n"
            raise KeyError("the middle of a stream")

        return StreamingResponse(lines(), media_type="text/event-stream")


@pytest.fixture(scope="module")
def module_settings(stack: Any, module_database_url: str, module_topic_prefix: str) -> Settings:
    return load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": "an-admin-key-of-this-module-0123456789",
            "PLIMSOLL_PORT": "0",
        }
    )


@pytest.fixture(scope="module")
async def served(module_settings: Settings) -> AsyncIterator[Served]:
    async with serving(module_settings, [build]) as served:
        yield served


@pytest.fixture
def client(served: Served) -> httpx.AsyncClient:
    return served.client


def assert_problem(response: httpx.Response, status: int, *paths: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert [error["path"] for error in body["errors"]] == list(paths)
    assert all(error["reason"] for error in body["errors"])
    return body


async def put(
    client: httpx.AsyncClient, body: str | bytes, path: str = "/v1/things/a", **headers: str
) -> httpx.Response:
    return await client.put(path, content=body, headers=JSON | headers)


async def test_numbers_come_and_go_without_loss(client: httpx.AsyncClient) -> None:
    response = await put(
        client,
        '{"name":"n","limit":12345678901234567.123456789,'
        '"parts":[{"name":"p","limit":"10 GB"}],"at":"2026-01-01T01:00:00+01:00"}',
    )
    assert response.status_code == 200
    assert b'"limit":12345678901234567.123456789' in response.content
    assert b'"limit":10000000000}' in response.content
    assert response.json()["at"] == "2026-01-01T00:00:00Z"
    for one in ("1", "1.0", "1e0", "10e-1"):
        response = await put(client, f'{{"name":"n","count":{one}}}')
        assert (response.status_code, response.json()["count"]) == (200, 1)


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ("{}", ["/name"]),
        ("", [""]),
        ("[]", [""]),
        ('{"name":1}', ["/name"]),
        ('{"name":""}', ["/name"]),
        ('{"name":"a","nmae":"b"}', ["/nmae"]),
        ('{"name":"a","count":true}', ["/count"]),
        ('{"name":"a","count":1.5}', ["/count"]),
        ('{"name":"a","count":"1"}', ["/count"]),
        ('{"name":"a","limit":-1}', ["/limit"]),
        ('{"name":"a","limit":1e30}', ["/limit"]),
        ('{"name":"a","limit":1e-30}', ["/limit"]),
        ('{"name":"a","limit":NaN}', ["/limit"]),
        ('{"name":"a","limit":-Infinity}', ["/limit"]),
        ('{"name":"a","limit":1e999999999999999999999999}', ["/limit"]),
        ('{"name":"a","limit":' + "9" * 5000 + "}", ["/limit"]),
        ('{"name":"a","at":"2026-02-30T00:00:00Z"}', ["/at"]),
        ('{"name":"a","at":"2026-02-03T00:00:00"}', ["/at"]),
        ('{"name":"a","at":1700000000}', ["/at"]),
        ('{"name":"a","day":"2026-13-01"}', ["/day"]),
        ('{"name":"a","parts":[{"name":"p"},{"name":"p","x/y~z":1}]}', ["/parts/1/x~1y~0z"]),
        ('{"name":"a","either":[]}', ["/either", "/either"]),
        ('{"name":"\\u0000"}', ["/name"]),
        ('{"name":"\\ud800"}', ["/name"]),
        ('{"name":"a","parts":[{"\\ud800":1}]}', ["/parts/0"]),
    ],
)
async def test_what_is_wrong_is_named_by_its_place(
    client: httpx.AsyncClient, body: str, paths: list[str]
) -> None:
    assert_problem(await put(client, body), 422, *paths)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name":"a","name":"b"}',
        b'{"name":"a","parts":[{"name":"p","name":"p"}]}',
        b"[" * 200_000,
        b'{"name":' + b'{"name":' * 100 + b"1" + b"}" * 101,
        b"\xef\xbb\xbf{}",
        b"{}{}",
        '{"name":"a"}'.encode("utf-16"),
    ],
)
async def test_what_is_not_json_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    assert_problem(await put(client, body), 400)


async def test_nothing_of_the_input_is_echoed(client: httpx.AsyncClient) -> None:
    canary = "canary-5f1c@example.com"
    for body in ('{"name":1,"at":"%s"}', '{"%s":1}', '{"name":"%s', '{"name":"a","limit":"%s"}'):
        response = await put(client, body % canary)
        assert response.status_code in (400, 422)
        # the name of an unknown key is a place, not a value
        assert canary not in response.text.replace(f'"path":"/{canary}"', ""), response.text


async def test_media_types(client: httpx.AsyncClient) -> None:
    assert_problem(
        await client.put(
            "/v1/things/a", content='{"name":"a"}', headers={"Content-Type": "text/plain"}
        ),
        415,
    )
    assert_problem(await client.put("/v1/things/a", content='{"name":"a"}'), 415)
    assert_problem(
        await put(client, '{"name":"a"}', **{"Content-Type": "application/json; charset=latin-1"}),
        415,
    )
    assert (
        await put(client, '{"name":"a"}', **{"Content-Type": "Application/JSON; charset=UTF-8"})
    ).status_code == 200
    assert_problem(await put(client, b"\x1f\x8b", **{"Content-Encoding": "gzip"}), 415)
    assert (
        await client.post("/v1/raw", content=b"a: 1", headers={"Content-Type": "application/yaml"})
    ).json() == {
        "type": "application/yaml",
        "bytes": 4,
    }


async def test_ids_in_paths(client: httpx.AsyncClient) -> None:
    for path in (
        "/v1/things/a%00b",
        "/v1/things/a%0Ab",
        "/v1/things/" + "x" * 257,
        "/v1/things/%20",
    ):
        assert_problem(
            await put(client, '{"name":"a"}', path), 422, "path" if "%0" in path else "path.thing"
        )
    for path in (
        "/v1/things/a%2Fb",
        "/v1/things/",
        "/v1/things/../x",
        "/v1/other",
        "/v1/things/a/",
    ):
        assert_problem(await put(client, '{"name":"a"}', path), 404)
    assert (await put(client, '{"name":"a"}', "/v1/things/%E3%81%82%20%C3%A9;x")).json()[
        "thing"
    ] == "あ é;x"


async def test_methods(client: httpx.AsyncClient) -> None:
    for method in ("POST", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        response = await client.request(method, "/v1/things")
        assert_problem(response, 405)
        assert response.headers["allow"] == "GET, HEAD"
    assert assert_problem(refused := await client.delete("/v1/things/a"), 405)
    assert refused.headers["allow"] == "PUT"
    assert (await client.head("/v1/things/a")).status_code == 405  # it supports only PUT


HEADERS_OF_THEIR_OWN = ("x-request-id", "date", "content-length")


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/v1/things",
        "/v1/things?limit=0",
        "/v1/conflict",
        "/nothing",
        "/v1/stream",
    ],
)
async def test_head_answers_what_get_answers_without_the_body(
    served: Served, client: httpx.AsyncClient, path: str
) -> None:
    async with client.stream("GET", path) as got:
        expected = (
            got.status_code,
            [
                entry
                for entry in got.headers.items()
                if entry[0] not in (*HEADERS_OF_THEIR_OWN, "transfer-encoding")
            ],
        )
        length = got.headers.get("content-length")
    head = await client.head(path)
    assert (
        head.status_code,
        [entry for entry in head.headers.items() if entry[0] not in HEADERS_OF_THEIR_OWN],
    ) == expected
    assert path in ("/metrics", "/openapi.json") or head.headers.get("content-length") == length
    assert (length is None) == (path == "/v1/stream")
    raw = (
        f"HEAD {path} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {client.headers['Authorization']}\r\n\r\n"
    )
    closing = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answers = (await exchange(served, (raw + closing).encode())).split(b"\r\n\r\n")
    assert len(answers) == 3  # two heads and one body
    assert answers[2] == b'{"ok":true}'


async def test_head_needs_the_key_that_get_needs_and_is_counted_under_its_route(
    served: Served, client: httpx.AsyncClient
) -> None:
    assert (
        await client.head("/v1/things", headers={"Authorization": "Bearer pk_wrong"})
    ).status_code == 401
    assert 'method="HEAD",route="/v1/things",status="401"' in (await client.get("/metrics")).text


async def test_bodies_over_a_mebibyte_are_refused_before_they_are_read(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    assert_problem(await put(client, b" " * (1_048_576 + 1)), 413)
    assert_problem(await client.put("/v1/things/a", content=chunks(), headers=JSON), 413)
    assert (await put(client, b'{"name":"a"}' + b" " * (1_048_576 - 12))).status_code == 200


async def exchange(served: Served, raw: bytes, *, seconds: float = 15.0) -> bytes:
    """What the server sends until it closes the connection."""
    host, _, port = served.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(raw)
        async with asyncio.timeout(seconds):
            return await reader.read()
    finally:
        writer.close()


async def test_a_length_that_lies_and_a_body_that_never_ends(served: Served) -> None:
    key = served.client.headers["Authorization"].encode()
    head = (
        b"PUT /v1/things/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
        + key
        + b"\r\n"
    )
    said, smuggled, slow, no_headers = await asyncio.gather(
        exchange(served, head + b"Content-Length: 200000000\r\n\r\nabc"),
        exchange(
            served, head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        exchange(served, head + b"Content-Length: 50\r\n\r\n{"),
        exchange(served, b"GET /healthz HTTP/1.1\r\nHost: x\r\n"),
    )
    assert said.startswith(b"HTTP/1.1 413 ")
    assert smuggled.startswith(b"HTTP/1.1 400 ")
    assert slow.startswith(b"HTTP/1.1 408 ")
    assert no_headers == b""  # closed within 10 seconds


async def test_headers_have_a_limit(client: httpx.AsyncClient, served: Served) -> None:
    assert_problem(await client.get("/healthz", headers={"X-Large": "x" * 70_000}), 431)
    assert_problem(
        await client.get("/healthz", headers={f"X-{number}": "x" * 600 for number in range(120)}),
        431,
    )
    for raw in (
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\nX: a\x7f\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
    ):
        answer = await exchange(served, raw)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in answer
    assert (
        await exchange(served, b"GET /v1/things HTTP/1.0\r\nAuthorization: Bearer \xe9\r\n\r\n")
    ).startswith(b"HTTP/1.1 401 ")


async def test_request_ids_and_headers_on_every_answer(client: httpx.AsyncClient) -> None:
    given = await client.get("/healthz", headers={"X-Request-Id": "req-1:2.3_4"})
    assert given.headers["x-request-id"] == "req-1:2.3_4"
    for path, status in (("/healthz", 200), ("/nothing", 404), ("/v1/defect", 500)):
        response = await client.get(path, headers={"X-Request-Id": "bad id!"})
        assert response.status_code == status
        assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert "server" not in response.headers
        assert "access-control-allow-origin" not in response.headers


async def test_a_defect_says_nothing_about_itself(client: httpx.AsyncClient) -> None:
    body = assert_problem(await client.get("/v1/defect"), 500)
    assert "canary" not in json.dumps(body)
    assert "KeyError" not in json.dumps(body)
    assert_problem(await client.get("/v1/conflict"), 409)


async def test_a_value_that_the_database_refuses_is_422(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/v1/stored", params={"value": "a\0b"}), 422)


async def test_pages(client: httpx.AsyncClient) -> None:
    seen, cursor = [], None
    for _ in range(3):
        params = {"colour": "red"} | ({"cursor": cursor} if cursor else {})
        body = (await client.get("/v1/things", params=params)).json()
        seen += [row["n"] for row in body["data"]]
        cursor = body["next_cursor"]
    assert seen == list(range(THINGS))
    assert cursor is None
    assert len((await client.get("/v1/things", params={"limit": 500})).json()["data"]) == THINGS


async def test_bad_pages(client: httpx.AsyncClient) -> None:
    for limit in ("0", "-1", "501", "abc", "1000000000", ""):
        assert_problem(await client.get("/v1/things", params={"limit": limit}), 422, "query.limit")
    cursor = (await client.get("/v1/things", params={"limit": 1, "colour": "red"})).json()[
        "next_cursor"
    ]
    forged = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for params in (
        {"cursor": forged, "colour": "red"},
        {"cursor": cursor, "colour": "blue"},
        {"cursor": "x"},
        {"cursor": cursor + "="},
    ):
        assert_problem(await client.get("/v1/things", params=params), 422, "query.cursor")


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("?color=red", ["query.color"]),
        ("?colour=red&limt=3&cursr=", ["query.limt", "query.cursr"]),
        ("?Limit=3", ["query.Limit"]),
        ("?limit=1&limit=2", ["query.limit"]),
        ("?=1", ["query."]),
        ("?" + "x" * 5000, ["query." + "x" * 100]),
        (
            "?" + "&".join(f"n{number}" for number in range(1000)),
            [f"query.n{number}" for number in range(20)],
        ),
        ("?utm_source=mail", ["query.utm_source"]),
        ("?colour=red&limit=2", []),
        ("?", []),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(
    client: httpx.AsyncClient, query: str, paths: list[str]
) -> None:
    response = await client.get(f"/v1/things{query}")
    if paths:
        assert_problem(response, 422, *paths)
    else:
        assert response.status_code == 200, response.text


async def test_a_query_is_looked_at_after_the_key(client: httpx.AsyncClient) -> None:
    assert_problem(
        await client.get("/v1/things?color=red", headers={"Authorization": "Bearer wrong"}), 401
    )


async def test_what_people_open_takes_whatever_is_appended(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/page?utm_source=mail&utm_source=again")).json() == {"page": True}


async def test_keys_and_scopes(served: Served, module_settings: Settings) -> None:
    from tests.support.loops import engine_of, rows, until

    engine = engine_of(module_settings)
    reading = await create_key(engine, "reading", ["read"])
    writing = await create_key(engine, "writing", ["accounts:write"])
    async with httpx.AsyncClient(verify=TRUST, base_url=served.url, trust_env=False) as client:

        async def status(
            method: str, path: str, authorization: str | None, **more: Any
        ) -> httpx.Response:
            headers = {"Authorization": authorization} if authorization else {}
            return await client.request(method, path, headers=headers | JSON, **more)

        wrong = ("Bearer wrong", f"Basic {reading}", reading, f"Bearer {reading}x")
        for authorization in (None, "Bearer", *wrong):
            response = await status("GET", "/v1/things", authorization)
            assert_problem(response, 401)
            assert response.headers["www-authenticate"] == 'Bearer realm="plimsoll"'
        assert (await status("GET", "/v1/things", f"Bearer {reading}")).status_code == 200
        assert (await status("GET", "/v1/things", f"bearer {reading}")).status_code == 200
        # an unauthorised caller is told so before the body is read
        refused = await status("PUT", "/v1/things/a", f"Bearer {reading}", content="{nonsense")
        assert_problem(refused, 403)
        asked = refused.headers["www-authenticate"]
        assert 'error="insufficient_scope", scope="accounts:write"' in asked
        assert_problem(await status("GET", "/v1/things", f"Bearer {writing}"), 403)
        assert_problem(await status("PUT", "/v1/things/a", None, content="{nonsense"), 401)
        stored = "select name, prefix, encode(hash, 'hex'), scopes from api_key"
        dump = str(await rows(module_settings, stored))
        assert reading not in dump
        assert reading[:11] in dump
        assert await revoke_key(engine, "reading")
        assert not await revoke_key(engine, "reading")

        async def refused_now() -> bool:
            return (await status("GET", "/v1/things", f"Bearer {reading}")).status_code == 401

        await until(refused_now, 60, pause=0.5)
    await engine.dispose()


async def test_a_key_with_a_rate_is_held_to_it_and_others_are_not(
    served: Served, module_settings: Settings
) -> None:
    from decimal import Decimal

    from tests.support.loops import engine_of

    engine = engine_of(module_settings)
    key = await create_key(engine, "limited", ["read"], Decimal(5))
    async with httpx.AsyncClient(
        verify=TRUST,
        base_url=served.url,
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    ) as client:
        answers = [await client.get("/v1/things") for _ in range(12)]
    assert [response.status_code for response in answers[:5]] == [200] * 5
    refused = [response for response in answers if response.status_code == 429]
    assert len(refused) >= 5
    assert_problem(refused[0], 429)
    assert int(refused[0].headers["retry-after"]) >= 1
    assert (await served.client.get("/v1/things")).status_code == 200
    await engine.dispose()


async def test_health_metrics_and_openapi_need_no_key(served: Served) -> None:
    async with httpx.AsyncClient(verify=TRUST, base_url=served.url, trust_env=False) as client:
        assert (await client.get("/healthz")).json() == {"ok": True}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert {
            "postgres": {"ok": True, "reason": None},
            "kafka": {"ok": True, "reason": None},
        }.items() <= ready.json()["checks"].items()
        families = {
            family.name: family
            for family in text_string_to_metric_families((await client.get("/metrics")).text)
        }
        for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
            assert_problem(await client.get(path), 404)
        described = (await client.get("/openapi.json")).json()
    assert all(family.documentation for family in families.values())
    assert {"plimsoll_http_requests", "plimsoll_events", "plimsoll_outbox_pending"} <= set(families)
    assert "/v1/things/{thing}" in {
        sample.labels["route"] for sample in families["plimsoll_http_requests"].samples
    }
    assert described["paths"]["/v1/things"]["get"]["security"] == [{"ApiKey": []}]


async def test_a_stream_flows_and_ends_when_the_process_does(module_settings: Settings) -> None:
    async with (
        serving(module_settings, [build]) as served,
        served.client.stream("GET", "/v1/stream") as response,
    ):
        lines = response.aiter_lines()
        assert [await anext(lines), await anext(lines), await anext(lines)] == [
            "data: 0",
            "",
            "data: 1",
        ]
        started = asyncio.get_running_loop().time()
        served.stop.set()
        async for _ in lines:
            pass
        assert await served.code() == 0
        assert asyncio.get_running_loop().time() - started < 5


async def test_a_stream_that_breaks_off_says_why_in_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/v1/broken")
    assert "request_failed" in caplog.text
    assert "the middle of a stream" in caplog.text


async def test_clients_that_disconnect_early_leave_nothing_behind(
    served: Served, module_settings: Settings
) -> None:
    from tests.support.loops import rows

    async def leave() -> None:
        try:
            async with asyncio.timeout(0.002):
                await served.client.get("/v1/stored", params={"value": "x"})
        except TimeoutError:
            return

    for _ in range(10):
        await asyncio.gather(*(leave() for _ in range(30)))
    await asyncio.sleep(0.5)
    idle = (
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and state like 'idle in transaction%'"
    )
    assert await rows(module_settings, idle) == [(0,)]
    assert (await served.client.get("/v1/stored", params={"value": "x"})).status_code == 200


async def test_a_client_that_disconnects_while_sending_its_body_is_not_a_defect(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def counted(status: str) -> float:
        labels = {"method": "POST", "route": "/v1/raw", "status": status}
        return metrics.REGISTRY.get_sample_value("plimsoll_http_requests_total", labels) or 0.0

    before = counted("400")
    host, _, port = served.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    key = served.client.headers["Authorization"]
    head = (
        f"POST /v1/raw HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n"
    )
    writer.write(head.encode() + b"{")
    await writer.drain()
    writer.close()
    await until(lambda: counted("400") > before)
    assert counted("500") == 0
    assert "request_failed" not in caplog.text
