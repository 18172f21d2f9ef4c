"""Trials, by eye."""

from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_opportunities import appended, begun
from tests.support.console import House


async def test_it_looks_right(chromium: Browser, house: House) -> None:
    kato, id = await begun(house)
    criteria = [{"feature": "webhooks", "uses": 5}, {"text": "The auditors like it"}]
    await appended(
        house, id, kato.id, type="trial", features=["compliance_certs"], criteria=criteria
    )
    people = {"en": kato, "ja": await house.visitor("u9", "manager", language="ja")}
    page = f"/console/opportunities/{id}/trial"
    await looks_right(chromium, house, page, people, name="trial")
