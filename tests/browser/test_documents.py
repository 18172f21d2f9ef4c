"""Documents in a real browser: they fit a phone and a sheet of paper; the pictures of
docs/documents.md are taken here.
"""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from services.trigger.process.documents.documents import NAMES
from tests.browser.test_messages import fits
from tests.support import pictures
from tests.unit.trigger.process.documents.papers import known, maruta, page, seen, shown_in

SHEET, PHONE = 794, 320


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("name", NAMES)
async def test_documents_as_pictures_and_for_axe(chromium: Browser, name: str, lang: str) -> None:
    of = shown_in(lang)
    browser = await chromium.new_page()
    await browser.set_content(page(name, maruta(of), of))
    found = await Axe().run(browser)
    assert found.violations_count == 0, found.generate_report()
    for width in (PHONE, SHEET):
        await fits(browser, width)
    await pictures.taken(browser, f"{name}-{lang}", whole=True, folder="documents")
    await browser.close()


@pytest.mark.parametrize("text", ["W" * 2_000, "株" * 500, "<img src=x onerror=alert(1)>"])
async def test_whatever_a_name_holds_fits(chromium: Browser, text: str) -> None:
    of = seen(known(name=text))
    browser = await chromium.new_page()
    asked: list[str] = []
    browser.on("request", lambda request: asked.append(request.url))
    for name in NAMES:
        await browser.set_content(page(name, maruta(of), of))
        await fits(browser, PHONE)
        assert await browser.evaluate("document.images.length") == 0
    assert [url for url in asked if not url.startswith("about:")] == []
    await browser.close()
