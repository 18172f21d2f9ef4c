"""Every line names its service, and its account and request if it has one."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from shared.runtime.context import Context
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.telemetry.logs import configure_logging, log
from shared.web import PathIdentifier, answer, require, router
from tests.support.serving import serving


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level


def _build(name: str) -> Service:
    made = router()

    @made.get(f"/v1/{name}/{{account}}", dependencies=[Depends(require("read"))])
    async def said(account: PathIdentifier) -> Response:
        log.warning("said")
        return answer({})

    @made.get(f"/v1/{name}/{{account}}/defect", dependencies=[Depends(require("read"))])
    async def defect(account: PathIdentifier) -> Response:
        raise KeyError("a defect")

    async def work(stop: asyncio.Event) -> None:
        log.warning("worked")
        await stop.wait()

    outer = APIRouter()
    outer.include_router(made)
    return Service(name, routers=[outer if name == "trigger" else made], tasks={"work": work})


def _ingest(_context: Context) -> Service:
    return _build("ingest")


def _trigger(_context: Context) -> Service:
    return _build("trigger")


async def test_every_line_names_what_it_is_about(settings: Settings, lines: io.StringIO) -> None:
    async with serving(settings, [_ingest, _trigger]) as served:
        for service in ("ingest", "trigger"):
            await served.client.get(
                f"/v1/{service}/acct-1", headers={"X-Request-Id": f"{service}-1"}
            )
            await served.client.get(
                f"/v1/{service}/acct-2/defect", headers={"X-Request-Id": f"{service}-2"}
            )
        await served.client.get(
            "/v1/ingest/jane@customer.example", headers={"X-Request-Id": "address"}
        )
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    named = {
        (line["event"], line.get("service"), line.get("account"), line.get("request_id"))
        for line in written
    }
    for service in ("ingest", "trigger"):
        assert ("said", service, "acct-1", f"{service}-1") in named
        assert ("request_failed", service, "acct-2", f"{service}-2") in named
        assert ("worked", service, None, None) in named
    assert ("said", "ingest", "***@***", "address") in named
