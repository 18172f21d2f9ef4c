"""The conversation, by eye."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_opportunities import begun
from tests.support.console import House


@pytest.fixture(scope="module")
async def page(house: House) -> str:
    _, id = await begun(house)
    return f"/console/opportunities/{id}/conversation"


async def test_it_looks_right(chromium: Browser, house: House, page: str) -> None:
    people = {
        "en": await house.visitor("m1", "manager"),
        "ja": await house.visitor("u9", "manager", language="ja"),
    }
    await looks_right(chromium, house, page, people, name="conversation")
