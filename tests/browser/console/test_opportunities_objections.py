"""Objections, by eye."""

from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_opportunities import appended, begun, qualified
from tests.support.console import House


async def test_it_looks_right(chromium: Browser, house: House) -> None:
    kato, id = await begun(house)
    await qualified(house, id)
    await appended(house, id, kato.id, type="objection", objection="budget_process")
    people = {"en": kato, "ja": await house.visitor("u9", "manager", language="ja")}
    page = f"/console/opportunities/{id}/objections"
    await looks_right(chromium, house, page, people, name="objections")
