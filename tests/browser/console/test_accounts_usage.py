"""A meter over time, by eye."""

from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_accounts import unhappy
from tests.support.console import House


async def test_it_looks_right(chromium: Browser, house: House) -> None:
    kato = await unhappy(house)
    people = {"en": kato, "ja": await house.visitor("u9", language="ja")}
    path = "/console/accounts/acct-42/usage?meter=api_calls"
    await looks_right(chromium, house, path, people, name="usage")
