"""The catalogue by eye and by keyboard: versions, the editor, a backtest, the policy."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_catalogue import DEMO, backtests, put, to, two_versions
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    await two_versions(house)
    return {
        "en": await house.visitor("p1", "planner", name="Kato"),
        "ja": await house.visitor("p2", "admin", name="加藤", language="ja"),
    }


@pytest.mark.parametrize(
    "path", ["catalogue", "catalogue/1", "catalogue/compare", "catalogue/edit", "policy"]
)
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], path: str
) -> None:
    await looks_right(chromium, house, f"/console/{path}", people)


async def test_a_backtest_looks_right_and_is_seen_to_end(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    begun = await people["en"].post("/console/catalogue/1", {"since": "30d"})
    where = to(begun)
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open(where)
        await expect(page.locator("[data-field=state]")).to_have_attribute("data-value", "queued")
        await backtests(house)
        await expect(page.locator("[data-field=state]")).to_have_attribute("data-value", "done")
    await looks_right(chromium, house, where, people)


async def test_a_fault_stands_at_its_line_while_typing_and_applying_asks_first(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    wrong = DEMO.replace("purchase: self_serve", "purchase: self_servic", 1)
    line = wrong.splitlines().index("    purchase: self_servic") + 1
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/catalogue/edit")
        text = page.get_by_label("Catalogue (YAML)")
        await text.fill(wrong)
        await expect(page.locator(f"[data-marked='{line}']")).to_be_visible()
        await expect(page.locator("[data-mark=fault]")).to_have_attribute("data-line", str(line))
        await expect(text).to_be_focused()
        await page.get_by_role("link", name=f"Line {line}, column 5").press("Enter")
        await expect(text).to_be_focused()
        await text.fill(DEMO.replace("month: 500,", "month: 550,"))
        await expect(page.locator("[data-mark=fault]")).to_have_count(0)
        await page.get_by_role("button", name="Apply").press("Enter")
        asked = page.locator("#question")
        await expect(asked).to_be_focused()
        await expect(asked).to_contain_text("Accounts on what changes: 1.")
        await asked.get_by_role("button", name="Apply").press("Enter")
        await expect(page.locator("#announce")).to_have_text("The catalogue is applied.")
        await expect(page.locator("h1")).to_be_focused()


async def test_whoever_comes_second_is_told_and_keeps_what_they_typed(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    await put(house, DEMO)
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/catalogue/edit")
        await page.get_by_label("Catalogue (YAML)").fill(DEMO.replace("year: 588", "year: 600"))
        await put(house, DEMO.replace("year: 6000}", "year: 6100}"))
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator("[data-stale]")).to_be_visible()
        await expect(page.get_by_label("Catalogue (YAML)")).to_have_value(
            DEMO.replace("year: 588", "year: 600").replace("year: 6000}", "year: 6100}")
        )
        opened.complaints.clear()  # Chromium itself tells of the 412
