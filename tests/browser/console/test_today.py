"""`/console/today` and a task, by eye, by keyboard, and live."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_today import with_tasks
from tests.support.console import House, Visitor

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    house.desk.at(TUESDAY)
    await house.desk.opens()
    return {
        "en": await house.visitor("u7", "csm", name="Kato"),
        "ja": await house.visitor("u8", "manager", name="加藤", language="ja"),
    }


@pytest.mark.parametrize("what", ["today?who=all", "tasks"])
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], what: str
) -> None:
    (id,) = await with_tasks(house, people["en"], "2026-12-03")
    path = f"/console/tasks/{id}" if what == "tasks" else f"/console/{what}"
    await looks_right(chromium, house, path, people)


async def test_a_task_is_closed_by_keyboard_alone_and_the_next_one_opens(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    await with_tasks(house, people["en"], "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z")
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/today?due=today")
        first = page.locator("[data-task]").first
        title = await first.locator("[data-field=title]").inner_text()
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text(title)
        await page.wait_for_load_state()
        await page.keyboard.press("e")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#announce")).to_have_text("Closed.")
        await expect(page.locator("h1")).to_be_focused()
        assert "said" not in page.url
        await page.get_by_role("link", name="Next task").first.press("Enter")
        await expect(page.locator("h1")).not_to_have_text(title)


async def test_a_new_task_appears_by_itself_also_if_it_is_not_to_be_had_at_once(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    """One of the pages asks while the server restarts, so it asks again."""
    async with window(chromium, house, people["en"]) as opened:
        opened.expected("503")
        page, other = await opened.open("/console/today"), await opened.open("/console/today")
        refused: list[str] = []

        async def refuse(route: Route) -> None:
            refused.append(route.request.url)
            await route.fulfill(status=503, body="not now")

        await other.route("**/console/today", refuse, times=1)
        before = await page.locator("[data-task]").count()
        await with_tasks(house, people["en"], "2026-12-02")
        for each in (page, other):
            await expect(each.locator("[data-task]")).to_have_count(before + 1)
        assert len(refused) == 1
