"""Operations, keys and the audit log, by eye."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import looks_right
from tests.integration.console.test_today import opened
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    await opened(house)
    return {
        "en": await house.visitor("o1", "operator", name="Ito"),
        "ja": await house.visitor("o2", "operator", name="伊藤", language="ja"),
    }


@pytest.mark.parametrize(
    "path", ["operations", "operations/keys", "operations/audit", "operations/channels/email"]
)
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], path: str
) -> None:
    await looks_right(chromium, house, f"/console/{path}", people, name=path.replace("/", "-"))
