"""The pipeline and an opportunity, by eye; a card is moved."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_pipeline import with_deal
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def deal(house: House) -> tuple[dict[str, Visitor], str]:
    kato, id = await with_deal(house)
    return {"en": kato, "ja": await house.visitor("u9", "manager", language="ja")}, id


@pytest.mark.parametrize("what", ["board", "table", "deal"])
async def test_it_looks_right(
    chromium: Browser, house: House, deal: tuple[dict[str, Visitor], str], what: str
) -> None:
    people, id = deal
    path = {
        "board": "/console/pipeline",
        "table": "/console/pipeline?view=table",
        "deal": f"/console/opportunities/{id}",
    }[what]
    await looks_right(chromium, house, path, people, name=what)


async def test_a_stage_that_is_refused_says_why(
    chromium: Browser, house: House, deal: tuple[dict[str, Visitor], str]
) -> None:
    people, _ = deal
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/pipeline")
        opened.expected("409")
        await page.get_by_role("button", name="Move to …: Aozora").click()
        await page.get_by_role("button", name="Qualified").click()
        await expect(page.locator("#problems")).to_be_focused()
