"""The quote, by eye; and the forms of all tabs, opened and refused."""

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import (
    fits_a_phone,
    is_accessible,
    looks_right,
    open_all,
    window,
)
from tests.integration.console.test_opportunities import appended, begun
from tests.support.console import House, Visitor


@pytest.fixture(scope="module")
async def deal(house: House) -> tuple[Visitor, str]:
    kato, id = await begun(house)
    approvers = [{"name": "Sato", "title": "CFO", "contact": "c2"}]
    await appended(house, id, kato.id, type="approval", approvers=approvers)
    await appended(house, id, kato.id, type="objection", objection="too_expensive")
    return kato, f"/console/opportunities/{id}"


async def test_it_looks_right(chromium: Browser, house: House, deal: tuple[Visitor, str]) -> None:
    kato, page = deal
    people = {"en": kato, "ja": await house.visitor("u9", "manager", language="ja")}
    await looks_right(chromium, house, f"{page}/quote", people, name="quote")


@pytest.mark.parametrize(
    ("tab", "form", "field"),
    [
        ("conversation", "asset", "url"),
        ("objections", "objection", "wanted"),
        ("trial", "trial", "days"),
        ("quote", "line-1", "discount_pct"),
    ],
)
async def test_open_and_refused_forms_are_accessible(
    chromium: Browser, house: House, deal: tuple[Visitor, str], tab: str, form: str, field: str
) -> None:
    kato, path = deal
    async with window(chromium, house, kato) as opened:
        opened.expected("422")
        page = await opened.open(f"{path}/{tab}")
        await open_all(page)
        await is_accessible(page)
        page = await opened.open(f"{path}/{tab}")
        filling = page.locator(f"form#{form}")
        opener = page.locator(f"#act-{form}-opens")
        if await opener.count():
            await opener.click()
        for name, typed in {"days": "91", "discount_pct": "110", "title": "Live"}.items():
            if await filling.locator(f"[name={name}]").count():
                await filling.locator(f"[name={name}]").fill(typed)
        if tab == "conversation":
            await filling.locator("[name=url]").fill("ftp://example.com")
        if tab == "objections":
            await filling.locator("[name=objection]").select_option("other_tools")
        await filling.locator("button").click()
        await page.locator("#problems").wait_for()
        assert await page.locator(f'[name="{field}"][aria-invalid]').count() <= 1
        assert await page.locator(f"#e-{field}").count() == 1
        await is_accessible(page)
        await fits_a_phone(page)
