"""Reports by eye."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_pipeline import with_deal
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    kato, _ = await with_deal(house)
    return {"en": kato, "ja": await house.visitor("u9", "manager", language="ja")}


@pytest.mark.parametrize("path", ["reports", "reports/pipeline"])
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], path: str
) -> None:
    await looks_right(chromium, house, f"/console/{path}", people, name=path.replace("/", "-"))
