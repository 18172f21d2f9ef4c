"""Facts by forms: a deal is taken from its first stage to *Engaged* without a line of JSON; by
keyboard alone, and without scripts.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from playwright.async_api import Browser, Page, expect

from shared.kafka.clients import connection, ensure_topics, topic_name
from shared.messages import ACCOUNT_EVENTS
from tests.browser.console.conftest import (
    fits_a_phone,
    has_large_targets,
    is_accessible,
    window,
)
from tests.browser.console.test_morning import tab_to
from tests.integration.console.test_opportunities import FIGURES, PRO, begun, now
from tests.integration.console.test_today import TUESDAY
from tests.support.console import House
from tests.support.loops import until

ACCOUNT = "/console/accounts/acct-42"


@asynccontextmanager
async def carried(house: House) -> AsyncIterator[None]:
    """What is sent takes effect, as where the loop of trigger runs."""
    settings = house.desk.context.settings
    await ensure_topics(settings)
    consumer = AIOKafkaConsumer(
        topic_name(settings, ACCOUNT_EVENTS), **connection(settings), auto_offset_reset="latest"
    )
    await consumer.start()
    await consumer.seek_to_end()

    async def carry() -> None:
        async for record in consumer:
            await house.desk.gets(ACCOUNT_EVENTS, record.value)

    carrying = asyncio.create_task(carry())
    try:
        yield
    finally:
        carrying.cancel()
        (ended,) = await asyncio.gather(carrying, return_exceptions=True)
        await consumer.stop()
    assert isinstance(ended, asyncio.CancelledError), ended


@pytest.fixture(scope="module")
async def deal(house: House) -> str:
    """Satisfied customers, of whom nothing else is known. The id of their opportunity."""
    _, id = await begun(house)
    desk = house.desk
    for day in range(22):
        await desk.learns("login.recorded", {"user": "a"}, at=TUESDAY - timedelta(days=day))
    for feature in PRO["features"][:7]:
        await desk.learns("feature.used", {"feature": feature})
    await desk.learns("nps.responded", {"score": 9, "contact": "c1"})
    return id


async def _stage(page: Page) -> str | None:
    return await page.locator("[data-field=stage]").first.get_attribute("data-value")


async def _becomes(page: Page, path: str, stage: str) -> None:
    """The figures of a business case count once they have come back through Kafka."""

    async def seen() -> bool:
        await page.goto(path)
        return await _stage(page) == stage

    await until(seen, 20, pause=0.25)


async def _saved(page: Page) -> None:
    await expect(page.locator("#announce")).to_have_text("Recorded.")


async def _settle(page: Page, deal: str, criterion: str, **told: str) -> None:
    """From the deal, by the link of what is missing."""
    await page.goto(deal)
    await page.locator(f"div[data-move] [data-open-criterion={criterion}] a").click()
    form = page.locator(f"form#criterion-{criterion}")
    for name, value in told.items():
        field = form.locator(f"[name='data.{name}']")
        if await field.evaluate("(one) => one.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)
    await form.get_by_role("button", name="Save").click()
    await _saved(page)


async def test_a_deal_is_qualified_and_engaged_by_forms_alone(
    chromium: Browser, house: House, deal: str
) -> None:
    kato = await house.visitor("u7", "csm", name="Kato")
    path = f"{house.url}/console/opportunities/{deal}"
    said = {"text": "An audit.", "said_by": "c1"}
    async with carried(house), window(chromium, house, kato) as opened:
        page = await opened.open(f"/console/opportunities/{deal}/conversation")
        for n in (1, 2, 3):
            form = page.locator(f"form[id='answer-discovery.{n}']")
            await page.locator(f"[id='act-answer-discovery.{n}-opens']").click()
            await form.locator("textarea").fill("As they said.")
            await form.locator("[name=said_by]").fill("c1")
            await form.get_by_role("button", name="Save").click()
            await expect(page.locator(f"[data-question='discovery.{n}'] strong")).to_be_visible()
        await _settle(page, path, "wall", verdict="yes", kind="call", **said)
        for kind in ("integrations", "criticality"):
            await _settle(page, path, "profile", verdict="yes", kind=kind, **said)
        await _settle(page, path, "budget", status="yes", amount="50,000", said_by="c2")
        await page.goto(path)
        await page.locator("[data-open-criterion=roi_articulated] a").click()
        await page.wait_for_url("**/case#calculator")
        for name in ("members", "hours", "hourly_rate"):
            await page.locator(f"#value [name={name}]").fill(FIGURES[name])
        await page.locator("#value [name=said_by]").fill("c1")
        await page.locator("#value button[value=value]").click()
        await page.wait_for_url("**/case*")
        await _becomes(page, path, "qualified")
        await page.get_by_role("button", name="Move to Engaged").click()
        await expect(page.locator("#announce")).not_to_be_empty()
        assert await _stage(page) == "engaged"
    found = await now(house, deal)
    assert {one["criterion"]: one["verdict"] for one in found["qualification"]["criteria"]} == (
        dict.fromkeys(("satisfaction", "wall", "profile", "budget", "roi_articulated"), "yes")
    )


@pytest.mark.usefixtures("deal")
async def test_a_fact_is_recorded_by_keyboard_alone(chromium: Browser, house: House) -> None:
    kato = await house.visitor("u7", "csm", name="Kato")
    async with carried(house), window(chromium, house, kato) as opened:
        page = await opened.open(ACCOUNT)
        await tab_to(page, "#act-fact-opens")
        await page.keyboard.press("Enter")
        await tab_to(page, "#act-fact a[href*='team.growth']")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**fact=team.growth**")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.name") == "data.count"
        await page.keyboard.type("12")
        await page.keyboard.press("Enter")
        await _saved(page)
    facts: Any = await house.desk("GET", "/v1/accounts/acct-42/facts?limit=1")
    assert (facts["data"][0]["type"], facts["data"][0]["data"]) == ("team.growth", {"count": 12})


@pytest.mark.usefixtures("deal")
async def test_a_fact_is_recorded_without_scripts(chromium: Browser, house: House) -> None:
    mori = await house.visitor("s1", "sales", name="Mori", language="ja")
    context = await chromium.new_context(java_script_enabled=False)
    cookie: Any = {"name": "plimsoll", "value": mori.cookie, "url": house.url}
    await context.add_cookies([cookie])
    page = await context.new_page()
    async with carried(house):
        await page.goto(house.url + ACCOUNT)
        await page.get_by_role("button", name="事実を記録").click()
        await page.get_by_role("link", name="CSATに回答した").click()
        await page.locator("[name='data.score']").fill("6")
        await page.locator("[name='data.contact']").select_option("c2")
        await page.locator("[name='data.comment']").fill("とても良い")
        await page.get_by_role("button", name="保存").click()
        fault = page.locator("[id='e-data.score']")
        await expect(fault).to_have_text("5以下にしてください。")
        await expect(page.locator("[name='data.comment']")).to_have_value("とても良い")
        await expect(page.locator("[name='data.contact']")).to_have_value("c2")
        await page.locator("[name='data.score']").fill("５")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#announce")).to_have_text("記録しました。")
    await context.close()
    facts: Any = await house.desk("GET", "/v1/accounts/acct-42/facts?limit=1")
    told = {"score": 5, "contact": "c2", "comment": "とても良い"}
    assert facts["data"][0]["data"] == told


@pytest.mark.usefixtures("deal")
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_the_forms_are_accessible_also_with_faults(
    chromium: Browser, house: House, language: str
) -> None:
    reader = await house.visitor(f"a-{language}", "admin", language=language)
    scheme: Any = "light" if language == "en" else "dark"
    async with window(chromium, house, reader, scheme=scheme) as opened:
        opened.expected("422")
        page = await opened.open(ACCOUNT)
        await page.locator("#act-fact-opens").click()
        await is_accessible(page, within="#act-fact")
        await has_large_targets(page)
        for type_ in ("value.stated", "evidence.recorded", "proposal.answered"):
            await page.goto(f"{house.url}{ACCOUNT}?act=fact&fact={type_}#act-fact")
            await is_accessible(page, within="#act-fact")
            await has_large_targets(page)
        form = page.locator("#fact-form")
        await form.evaluate("(one) => { one.noValidate = true; }")
        await form.locator("button").click()
        await expect(page.locator("#problems")).to_be_focused()
        await is_accessible(page)
        await fits_a_phone(page)
