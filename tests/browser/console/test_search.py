"""Search by its page and by Ctrl+K, set-up and help."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_today import opened
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    kato = await opened(house)
    await house.desk("PUT", "/v1/accounts/a-2", {"name": "青空商事"}, want=201)
    await house.settled()
    return {"en": kato, "ja": await house.visitor("u9", language="ja")}


@pytest.mark.parametrize("path", ["search?q=a", "setup", "help"])
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], path: str
) -> None:
    await looks_right(chromium, house, f"/console/{path}", people, name=path[:5])


async def test_ctrl_k_goes_to_an_account(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/help")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("青空商事")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.locator("body")).to_have_attribute("data-page", "accounts_one")


async def test_single_keys_are_silent_in_fields_while_composing_and_where_they_are_off(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/help")
        await page.keyboard.press("/")
        await expect(page.locator("#find")).to_be_focused()
        await page.keyboard.type("gt?")
        assert await page.locator("#find").input_value() == "gt?"
        assert page.url.endswith("/help")
        await page.locator("h1").click()
        await page.evaluate("dispatchEvent(new CompositionEvent('compositionstart'))")
        await page.keyboard.press("/")
        await expect(page.locator("#find")).not_to_be_focused()
        await page.evaluate("dispatchEvent(new CompositionEvent('compositionend'))")
        await page.keyboard.press("g")
        await page.keyboard.press("a")
        await expect(page.locator("body")).to_have_attribute("data-page", "accounts")
        await people["en"].post("/console/preferences", {"whole": "1"})  # no box is ticked
        await page.goto(f"{house.url}/console/help")
        for key in ("/", "g", "t"):
            await page.keyboard.press(key)
        await expect(page.locator("#find")).not_to_be_focused()
        await expect(page.locator("body")).to_have_attribute("data-page", "help")
