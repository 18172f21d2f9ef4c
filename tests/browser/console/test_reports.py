"""Reports by eye, over two years of a company."""

import secrets
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from services.console.ask import Api
from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.browser.console.conftest import looks_right, window
from tests.integration.trigger.reports.history import NOW, History, catalog, store
from tests.support.console import House, Visitor, open_house

PERIOD = "from=2024-10-16&to=2025-10-16"


@pytest.fixture(scope="module")
async def house(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[House]:
    environment = {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
    }
    async with open_house(load_settings(environment), now=NOW) as opened:
        await opened.desk("PUT", "/v1/catalog", catalog())
        await store(History(seed=2025), module_database_url)
        yield opened


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    return {
        "en": await house.visitor("m1", "manager", name="Abe"),
        "ja": await house.visitor("m2", "manager", name="Beni", language="ja"),
    }


@pytest.mark.parametrize("path", ["reports", "reports/nrr"])
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], path: str
) -> None:
    name = path.replace("/", "-")
    await looks_right(chromium, house, f"/console/{path}?{PERIOD}", people, name=name)


async def test_what_takes_long_comes_by_itself(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    api = house.desk.context.only(Api)
    api.soon, before = 0.0, api.soon
    try:
        async with window(chromium, house, people["en"]) as opened:
            page = await opened.open(f"/console/reports?{PERIOD}")
            await expect(page.locator('[data-part][data-state="loading"]')).to_have_count(0)
            assert await page.locator('[data-part="nrr"]').get_attribute("data-state") == "ready"
            assert page.url.endswith(PERIOD)
    finally:
        api.soon = before
