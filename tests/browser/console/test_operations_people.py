"""`/console/operations/people` and `/console/preferences`, by eye."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def admins(house: House) -> dict[str, Visitor]:
    return {
        "en": await house.visitor("a1", "admin", name="Ann"),
        "ja": await house.visitor("a2", "admin", name="管理 花子", language="ja"),
    }


@pytest.mark.parametrize("path", ["operations/people", "operations/people/a1", "preferences"])
async def test_it_looks_right(
    chromium: Browser, house: House, admins: dict[str, Visitor], path: str
) -> None:
    await looks_right(chromium, house, f"/console/{path}", admins, path.replace("/", "_"))
