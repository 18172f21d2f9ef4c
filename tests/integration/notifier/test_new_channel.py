"""A channel is added in four places: its module, its kind in the registry, its words, its row in
docs/channels.md.

This one is added to the first three, as CONTRIBUTING says, and gets its deliveries end to end.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from plimsoll.demo.crm_http import Answer
from services.notifier.channels.base import (
    Begin,
    Channel,
    Claimed,
    Delivered,
    Failed,
    Outcome,
    Withdrawn,
)
from services.notifier.channels.kind import ChannelKind, Config, HttpSettings, Kept
from services.notifier.channels.registry import KINDS
from services.notifier.channels.safe_http import SafeHttp
from shared.runtime.context import Context
from shared.runtime.settings import Settings
from shared.values.quantities import dumps
from shared.wording import SENTENCES, sentence
from shared.wording.sentence import Sentence
from tests.integration.notifier.test_task_changes import changed
from tests.support.post import Office, open_office


class PagerSettings(HttpSettings):
    summary: ClassVar[str] = "Set the pager"
    description: ClassVar[str] = "Wakes whoever is on duty."
    example: ClassVar[Mapping[str, str]] = {"url": "https://pager.example.com", "token": "***"}
    masked: ClassVar[tuple[str, ...]] = ("token",)
    token: str

    def kept(self, before: Mapping[str, Any] | None) -> Kept:
        return Kept({"url": self.url}, {"token": self.token})


class PagerChannel:
    def __init__(self, url: str, token: str, http: SafeHttp) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}
        self._http = http

    async def send(self, delivery: Claimed, begin: Begin) -> Outcome:
        if not await begin():
            return Withdrawn()
        return await self._page(
            {
                language: sentence("pager.alert", {"account": delivery.account}, language)
                for language in ("ja", "en")
            }
        )

    async def test(self, to: str | None) -> Outcome:
        return await self._page({})

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _page(self, text: Mapping[str, str]) -> Outcome:
        reply = await self._http.request(
            "POST", self._url, headers=self._headers, content=dumps(text)
        )
        return Delivered() if reply.status == 200 else Failed(f"the pager answered {reply.status}")


def make(context: Context, config: Config) -> Channel:
    http = SafeHttp(allow_private=context.settings.allow_private_urls)
    return PagerChannel(config.settings["url"], config.secrets["token"], http)


PAGER = ChannelKind(
    name="pager",
    receiver="system",
    deadline=timedelta(minutes=10),
    timeout=5.0,
    in_flight=1,
    repeats="once",
    settings=PagerSettings,
    make=make,
)


@pytest.fixture
async def office(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    words = Sentence(ja="{account:name}の上限が近づいています", en="{account:name} nears its limit")
    monkeypatch.setitem(SENTENCES, "pager.alert", words)
    KINDS.add(PAGER)
    try:
        async with open_office(settings, workers=("pager",)) as opened:
            await opened.opens()
            yield opened
    finally:
        KINDS.remove("pager")


async def test_it_is_set_shown_and_turned_off_like_any_other(office: Office) -> None:
    wrong = await office("PUT", "/v1/channels/pager", {"url": "http://127.0.0.1:1"}, want=422)
    assert [fault["path"] for fault in wrong["errors"]] == ["/token"]
    body = {"url": office.addresses["webhook"], "token": "t0ken"}
    shown = await office("PUT", "/v1/channels/pager", body)
    assert (shown["state"], shown["url"], shown["token"]) == ("on", body["url"], "***")
    listed = (await office("GET", "/v1/channels"))["data"]
    assert [one["name"] for one in listed] == sorted(kind.name for kind in KINDS)
    assert await office("POST", "/v1/channels/pager:test") == {"delivered": True, "error": None}
    described = await office("GET", "/openapi.json")
    operation = described["paths"]["/v1/channels/pager"]["put"]
    assert (operation["operationId"], operation["summary"]) == ("put_pager", "Set the pager")
    named = described["components"]["schemas"]["ChannelDelivery"]["properties"]["channel"]["enum"]
    assert named == list(KINDS.channels)
    assert "pager" in named
    await office("DELETE", "/v1/channels/pager", want=204)
    await office("GET", "/v1/channels/pager", want=404)


async def test_each_message_reaches_it_once_in_both_languages(office: Office) -> None:
    body = {"url": office.addresses["webhook"], "token": "t0ken"}
    await office("PUT", "/v1/channels/pager", body)
    await office.raised("a95", recipients=(), webhook=True)
    (delivery,) = await office.until("pager", "delivered")
    assert delivery["recipient"] == "pager"
    (request,) = office.hook.requests
    assert request.headers["authorization"] == "Bearer t0ken"
    said = {"ja": "acct-42の上限が近づいています", "en": "acct-42 nears its limit"}
    assert request.body == said
    await office.hears_again()
    assert await office.states("pager") == ["delivered"]


async def test_it_is_given_up_at_its_own_deadline(office: Office) -> None:
    office.hook.answers += [Answer(500, {})] * 10
    body = {"url": office.addresses["webhook"], "token": "t0ken"}
    await office("PUT", "/v1/channels/pager", body)
    tell = await office.raised("a95", recipients=(), webhook=True)
    (waits,) = await office.until("pager", "retrying")
    assert waits["last_error"] == "the pager answered 500"
    (row,) = await office.rows("select deadline_at from delivery where channel = 'pager'")
    assert row.deadline_at == tell.created_at + timedelta(minutes=10)
    office.passes(minutes=9, seconds=58)
    await office.until("pager", "dead")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="there is a channel named in_app"):
        KINDS.add(replace(PAGER, name="in_app"))


class LedgerChannel:
    """A second CRM: it calls each task by how many it has, and keeps by which name it was told."""

    told: ClassVar[list[str | None]] = []

    async def send(self, delivery: Claimed, begin: Begin) -> Outcome:
        self.told.append(delivery.external_id)
        return Delivered(delivery.external_id or "L1") if await begin() else Withdrawn()

    async def test(self, to: str | None) -> Outcome:
        return Delivered()

    async def aclose(self) -> None:
        return


async def test_r_192_a_task_has_a_copy_of_its_own_in_each_crm(settings: Settings) -> None:
    ledger = replace(
        PAGER, name="ledger", receiver="crm", repeats="safely", make=lambda *_: LedgerChannel()
    )
    KINDS.add(ledger)
    try:
        async with open_office(settings, workers=("hubspot", "ledger")) as office:
            await office.opens()
            await office.sets("hubspot")
            body = {"url": office.addresses["webhook"], "token": "t0ken"}
            await office("PUT", "/v1/channels/ledger", body)
            for revision in (1, 2):
                await changed(office, revision, priority=("low", "high")[revision - 1])
                for crm in ("hubspot", "ledger"):
                    await office.until(crm, *["delivered"] * revision)
            (task,) = office.crm.tasks()
            assert task["properties"]["hs_task_priority"] == "HIGH"
            assert LedgerChannel.told == [None, "L1"]
            kept = await office.rows("select channel, external_id from crm_task order by channel")
            assert [tuple(one) for one in kept] == [("hubspot", task["id"]), ("ledger", "L1")]
            await changed(office, 3, state="closed_success")
            await office.until("ledger", *["delivered"] * 3)
            assert not await office.rows("select 1 from crm_task where completed_at is null")
    finally:
        KINDS.remove("ledger")
