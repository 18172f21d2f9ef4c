"""The business case: by eye, and reckoned while somebody types."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_opportunities import FIGURES, appended, begun
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def case(house: House) -> tuple[Visitor, str]:
    kato, id = await begun(house)
    figures = FIGURES | {"members": 5}
    await appended(house, id, kato.id, type="value", said_by="c1", **figures)
    return kato, f"/console/opportunities/{id}/case"


async def test_it_looks_right(chromium: Browser, house: House, case: tuple[Visitor, str]) -> None:
    kato, page = case
    people = {"en": kato, "ja": await house.visitor("u9", "manager", language="ja")}
    await looks_right(chromium, house, page, people, name="case")


async def test_it_is_reckoned_while_somebody_types(
    chromium: Browser, house: House, case: tuple[Visitor, str]
) -> None:
    kato, path = case
    async with window(chromium, house, kato) as opened:
        page = await opened.open(path)
        hours = page.get_by_label("Hours", exact=True)
        await hours.fill("8")
        result = page.locator('#part-result [data-field="multiple"]')
        await expect(result).to_have_attribute("data-value", "6.93")
        await expect(hours).to_be_focused()
        assert "hours=8" in page.url
        assert "csrf" not in page.url
        await page.reload()
        await expect(hours).to_have_value("8")
