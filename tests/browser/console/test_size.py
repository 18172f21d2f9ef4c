"""The search and the lists of a company of 100,000 accounts, as they are felt in a browser.

Facts, alerts and decisions are a tenth of those of `make bench ARGS=console`, which measures every
page: accounts, names, tasks and deals are what these pages read.
"""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Page, expect

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.benchmarks import company
from tests.benchmarks.pages import budget
from tests.browser.console.conftest import window
from tests.support.console import House, open_house
from tests.support.fastest import too_slow

SHOWN_MS = 300
"""From the last key to the hits, 150 ms of it waiting for another key."""
FULL = {
    "today": "[data-task]",
    "accounts": "[data-account]",
    "accounts?sort=-near_percent": "[data-account]",
    "accounts/{account}": "[data-meter]",
    "pipeline": "[data-opportunity]",
}
"""A page -> what it is full of."""
ACCOUNT = "acct-17"
PAINT_MS = 300
"""After the answer."""
PAST = 0.1
_WATCH = """
    () => void (window.shown = new Promise((resolve) => {
        const list = document.getElementById("palette-hits");
        document.getElementById("palette-q").addEventListener("input", () => {
            const typed = performance.now();
            new MutationObserver((_, watch) => {
                if (!list.children.length) return;
                watch.disconnect();
                resolve(performance.now() - typed);
            }).observe(list, { childList: true });
        }, { once: true });
    }))
"""


@pytest.fixture(scope="module")
async def large(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[House]:
    await company.fill(module_database_url, datetime.now(UTC), past=PAST)
    environment = {
        "PLIMSOLL_DATABASE_URL": module_database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
    }
    async with open_house(load_settings(environment)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def page(chromium: Browser, large: House) -> AsyncIterator[Page]:
    visitor = await large.visitor(company.READER, "csm", name="Kato")
    async with window(chromium, large, visitor) as opened:
        yield await opened.open("/console/help")


@pytest.mark.parametrize(
    ("words", "name"), [("青空", "青空"), ("aoz", "Aozora"), ("ｱｵｿﾞﾗ", "アオゾラ")]
)
async def test_what_is_typed_is_found_and_shown_at_once(page: Page, words: str, name: str) -> None:
    if await page.locator("#palette").is_hidden():
        await page.keyboard.press("Control+k")
    hits = page.get_by_role("option")

    async def typed() -> dict[str, float]:
        await page.locator("#palette-q").fill("")
        await expect(hits).to_have_count(0)
        await page.evaluate(_WATCH)
        await page.keyboard.insert_text(words)
        shown = float(await page.evaluate("() => window.shown"))
        assert name in await hits.first.inner_text()
        return {"shown": shown}

    assert await too_slow(typed, {"shown": SHOWN_MS}) == []


@pytest.mark.parametrize("path", FULL)
async def test_a_page_is_answered_and_painted_within_its_budget(
    page: Page, large: House, path: str
) -> None:
    async def loaded() -> dict[str, float]:
        await page.goto(f"{large.url}/console/{path.format(account=ACCOUNT)}")
        return dict(await page.evaluate(_TIMES))

    most = {"answered": budget(path), "painted": PAINT_MS}
    assert await too_slow(loaded, most) == []
    assert await page.locator(FULL[path]).count() > (1 if "{account}" in path else 40)


_TIMES = """
    () => new Promise((resolve) => {
        const [page] = performance.getEntriesByType("navigation");
        const answered = page.responseEnd - page.requestStart;
        new PerformanceObserver((list) => {
            const [paint] = list.getEntriesByName("first-contentful-paint");
            if (paint) resolve({ answered, painted: paint.startTime - page.responseEnd });
        }).observe({ type: "paint", buffered: true });
    })
"""
