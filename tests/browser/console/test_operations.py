"""Operations, keys and the audit log, by eye."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console.conftest import looks_right, window
from tests.integration.console.test_operations_pages import mailed
from tests.integration.console.test_today import opened
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def people(house: House) -> dict[str, Visitor]:
    await opened(house)
    await mailed(house)
    return {
        "en": await house.visitor("o1", "operator", name="Ito"),
        "ja": await house.visitor("o2", "operator", name="伊藤", language="ja"),
    }


@pytest.mark.parametrize(
    "path",
    [
        "operations",
        "operations/keys",
        "operations/audit",
        "operations/channels/email",
        "operations/deliveries/m1",
    ],
)
async def test_it_looks_right(
    chromium: Browser, house: House, people: dict[str, Visitor], path: str
) -> None:
    await looks_right(chromium, house, f"/console/{path}", people, name=path.replace("/", "-"))


async def test_a_mail_looks_as_it_does_in_its_frame(
    chromium: Browser, house: House, people: dict[str, Visitor]
) -> None:
    async with window(chromium, house, people["en"]) as opened:
        page = await opened.open("/console/operations/deliveries/m1")
        title = page.frame_locator("iframe.mail").locator("h1")
        await expect(title).to_have_css("font-size", "22px")
        await expect(title).to_be_visible()
