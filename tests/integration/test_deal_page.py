"""The story in docs/deal.md: each of its requests is sent, in its order and at its dates."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.facts import types
from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.catalog import canonical, parse_catalog
from shared.runtime.settings import Settings
from shared.security.api_keys import create_key
from tests.support.desk import Desk, open_desk
from tests.support.pages import ROOT

PAGE = ROOT / "docs" / "deal.md"
BEGINS = datetime(2025, 9, 16, tzinfo=UTC)
PERSONS = {"Kato": "u7", "Mori": "s1", "Abe": "m1"}
_WHO = re.compile(r"# (\w+): (GET|PUT|POST) (\S+)$")
_DAY = re.compile(r"## (\d+ \w+ \d{4}): ", re.MULTILINE)
_FENCE = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Request:
    """`wanted`: what it is refused with, or what it shows."""

    at: datetime
    who: str
    method: str
    path: str
    body: str | None
    wanted: str | None


def requests(text: str) -> Iterator[Request]:
    first, *dated = _DAY.split(text)
    parts = [(BEGINS, first)]
    parts += [
        (datetime.strptime(day, "%d %B %Y").replace(tzinfo=UTC), part)
        for day, part in zip(dated[::2], dated[1::2], strict=True)
    ]
    for at, part in parts:
        for block in _FENCE.findall(part):
            yield from _asked(at, block)


def _asked(at: datetime, block: str) -> Iterator[Request]:
    for one in re.split(r"^(?=# )", block, flags=re.MULTILINE)[1:]:
        head, *lines = one.strip().split("\n")
        found = _WHO.match(head)
        assert found is not None, head
        who, method, path = found.groups()
        if method == "GET":
            wanted = lines[0].removeprefix("→ ") if lines else None
            yield Request(at, who, method, path, None, wanted)
            continue
        for line in lines:
            body, _, wanted = line.partition(" → ")
            yield Request(at, who, method, path, body, wanted or None)


@dataclass
class Told:
    """The story as it is told: ids that were answered, by the words that stand for them."""

    desk: Desk
    key: str
    ids: dict[str, str] = field(default_factory=dict)
    late: timedelta = timedelta()

    async def tell(self, asked: Request) -> None:
        if asked.at > self.desk.now:
            # Later in each day than in the one before: what is due after so many days is due then,
            # however long the requests of that day took.
            self.late += timedelta(minutes=2)
            self.desk.at(asked.at + self.late)
            await self.desk.due()
        path = self._named(asked.path)
        headers = (
            {"Authorization": f"Bearer {self.key}", "Plimsoll-Person": PERSONS[asked.who]}
            if asked.who in PERSONS
            else {}
        )
        if asked.method == "GET":
            await self._sees(path, asked, headers)
            return
        status, _, code = (asked.wanted or "").partition(" ")
        body = json.loads(self._named(asked.body or ""))
        if path == "/v1/signals":
            await self.says(body["type"], body["data"])
            return
        want = int(status) if status else (200, 201)
        found = await self.desk(asked.method, path, body, want=want, headers=headers)
        if status:
            assert any(one["reason"].startswith(code) for one in found["errors"]), asked
        elif body.get("type") == "objection":
            self.ids["OBJECTION"] = found["id"]
        if path == "/v1/accounts/maruta/subscription" and body["plan"] == "pro":
            await self._lives()

    async def _sees(self, path: str, asked: Request, headers: dict[str, str]) -> None:
        if path.endswith("format=html"):
            answer = await self.desk.http.get(path, headers=headers)
            assert answer.headers["content-type"] == "application/zip"
            return
        found = await self.desk("GET", path, headers=headers)
        listed = found.get("data") or found.get("rows") or [found]
        assert asked.wanted is not None
        wanted = json.loads(asked.wanted, parse_float=Decimal)
        shown = [{name: one.get(name) for name in wanted} for one in listed]
        assert any(holds(one, wanted) for one in listed), (asked.path, shown)
        if "/v1/opportunities?" in path:
            self.ids["DEAL"] = listed[0]["id"]

    def _named(self, text: str) -> str:
        for word, id in self.ids.items():
            text = text.replace(word, id)
        return text

    async def says(self, type_: str, data: Any, ago: timedelta = timedelta()) -> None:
        """As the record that `POST /v1/signals` would write; BadFact if it would be refused."""
        types.read(type_, data)
        await self.desk.learns(type_, data, at=self.desk.now - ago, account="maruta")

    async def _lives(self) -> None:
        """What the page says in words: how they use it, what they asked for."""
        for day in range(22):
            await self.says("login.recorded", {"user": "a"}, timedelta(days=day * 29 // 21))
        plans = {one["id"]: one for one in (await self.desk("GET", "/v1/catalog"))["plans"]}
        for feature in plans["pro"]["features"][:7]:
            await self.says("feature.used", {"feature": feature})
        await self.says("nps.responded", {"score": 9, "contact": "c1"})
        await self.says("compliance.need", {"framework": "SOC2", "deadline": "2025-12-15"})
        for n in (1, 2):
            ticket = {"ticket": f"t{n}", "class": "support_speed", "severity": "urgent"}
            await self.says("ticket.opened", ticket)


def holds(found: Any, wanted: Any) -> bool:
    """Whether it has what is wanted; it may have more."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            name in found and holds(found[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(holds, found, wanted))
    return bool(found == wanted)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs()), now=BEGINS) as found:
        yield found


async def test_every_request_of_the_story(desk: Desk) -> None:
    demo = (ROOT / "plimsoll" / "demo" / "catalog.yaml").read_bytes()
    await desk("PUT", "/v1/catalog", json.loads(canonical(parse_catalog(demo, "application/yaml"))))
    key = await create_key(desk.context.engine, "desk", ["work:write", "read"])
    told, story = Told(desk, key), list(requests(PAGE.read_text(encoding="utf-8")))
    assert len(story) > 50
    for asked in story:
        await told.tell(asked)
