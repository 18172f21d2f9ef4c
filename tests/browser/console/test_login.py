"""Log-in, log-out and what was typed when a session was over, in a real Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from services.console.login import once
from shared.embedded import Addresses
from shared.postgres.database import transaction
from shared.runtime.settings import load_settings
from tests.browser.console.conftest import fits_a_phone, is_accessible
from tests.support.console import House, open_house
from tests.support.identity_provider import MadeUpProvider, environment, made_up_provider

CLAIMS = {"sub": "b", "name": "Kato", "roles": ["csm"]}


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[MadeUpProvider]:
    async with made_up_provider() as made:
        made.will(claims=CLAIMS)
        yield made


@pytest.fixture(scope="module")
async def house(
    stack: Addresses, module_database_url: str, provider: MadeUpProvider
) -> AsyncIterator[House]:
    named = {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_ADMIN_KEY": "a" * 40,
        **environment(provider.issuer),
    }
    async with open_house(load_settings(named)) as house:
        yield house


@asynccontextmanager
async def stranger(chromium: Browser, language: str = "en-GB") -> AsyncIterator[BrowserContext]:
    """A browser without cookies. Nothing may be refused by the policy of a page."""
    context = await chromium.new_context(locale=language, reduced_motion="reduce")
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    try:
        yield context
    finally:
        await context.close()
    assert [one for one in said if "Content Security Policy" in one] == []


async def test_from_a_deep_link_through_the_provider_and_out_again(
    chromium: Browser, house: House
) -> None:
    async with stranger(chromium) as context:
        page = await context.new_page()
        await page.goto(f"{house.url}/console/today?due=all")
        assert page.url == f"{house.url}/console/today?due=all"
        await expect(page.locator("body")).to_have_attribute("data-role", "csm")
        assert await page.evaluate("document.cookie") == ""
        await page.get_by_text("Kato").first.click()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("h1")).to_have_text("You are logged out")
        assert page.url == f"{house.url}/console/logged-out"
        await is_accessible(page)
        assert [one["name"] for one in await context.cookies()] == []


async def test_a_note_is_there_again_after_the_session_ran_out(
    chromium: Browser, house: House
) -> None:
    started = house.desk.now
    async with stranger(chromium) as context:
        page = await context.new_page()
        await page.goto(f"{house.url}/console/preferences")
        try:
            house.desk.at(started + timedelta(hours=9))
            await page.get_by_label("Colours").select_option("dark")
            await page.get_by_role("button", name="Save").click()
            await expect(page.locator("h1")).to_have_text("Your session has ended")
            await is_accessible(page)
            await page.get_by_role("link", name="Log in").click()
            await expect(page.locator("h1")).to_have_text("What you typed")
            await expect(page.locator("textarea[name=theme]")).to_have_value("dark")
            await is_accessible(page)
            await page.get_by_role("button", name="Send").click()
            await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        finally:
            house.desk.at(started)


@pytest.mark.parametrize(
    ("language", "button", "heading"),
    [("en-GB", "Log in", "Today"), ("ja-JP", "ログイン", "今日")],
)
async def test_a_link_logs_in_by_its_button(
    chromium: Browser, house: House, language: str, button: str, heading: str
) -> None:
    context = house.desk.context
    async with transaction(context.engine) as conn:
        path = await once.make(conn, context.clock.now(), f"mia-{language}", ("csm",))
    async with stranger(chromium, language) as opened:
        page = await opened.new_page()
        await page.goto(house.url + path)
        await is_accessible(page)
        await fits_a_phone(page)
        await page.get_by_role("button", name=button).click()
        await expect(page.locator("h1")).to_contain_text(heading)
        assert "once" not in page.url
        await page.goto(house.url + path)
        await expect(page.locator("main")).to_contain_text("10" if language == "ja-JP" else "ten")
        await is_accessible(page)
