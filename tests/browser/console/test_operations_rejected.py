"""Pages of operations, by eye."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_operations_pages import dead, refused
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def operators(house: House) -> dict[str, Visitor]:
    await refused(house, b'{"specversion": "1.0", "id": "1"}')
    await dead(house, 1)
    return {
        "en": await house.visitor("o1", "operator", name="Ito"),
        "ja": await house.visitor("o2", "operator", name="運用 太郎", language="ja"),
    }


@pytest.mark.parametrize(
    "path", ["rejected", "rejected/1", "deliveries", "deliveries/v1", "channels"]
)
async def test_it_looks_right(
    chromium: Browser, house: House, operators: dict[str, Visitor], path: str
) -> None:
    await looks_right(
        chromium, house, f"/console/operations/{path}", operators, path.replace("/", "_")
    )
