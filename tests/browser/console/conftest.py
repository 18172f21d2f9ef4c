"""The console in a real Chromium: one house per module, people who are logged in, and what every
page must hold: nothing for axe to find, nothing refused by the policy, no request elsewhere.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from axe_playwright_python.base import AxeResults
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.support.console import House, Visitor, open_house

Scheme = Literal["light", "dark"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""Axe's rules that look at colours."""
WIDE, HIGH, PHONE = 1440, 900, 390
LOOKS: tuple[tuple[str, Scheme], ...] = (("en", "light"), ("ja", "dark"))
"""Words and colours do not depend on each other: each is looked at, not each with each."""


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
    async with open_house(load_settings(environment)) as opened:
        yield opened


@dataclass
class Window:
    """A browser of somebody's own. `complaints`: what a page of ours must never cause."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    _status: str = ""

    async def open(self, path: str) -> Page:
        page = await self.blank()
        await page.goto(self.url + path)
        return page

    async def blank(self) -> Page:
        """A tab without a page."""
        page = await self.context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        return page

    async def becomes(self, visitor: Visitor) -> None:
        """Somebody else is logged in."""
        await self.context.add_cookies(
            [{"name": "plimsoll", "value": visitor.cookie, "url": self.url}]
        )

    def expected(self, status: str) -> None:
        """A page that is refused with this status is no complaint: Chromium says so itself."""
        self._status = status

    def _said(self, message: ConsoleMessage) -> None:
        if self._status and f"status of {self._status}" in message.text:
            return
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in (urlsplit(self.url).netloc, ""):
            self.complaints.append(f"asked {request.url}")


@asynccontextmanager
async def window(
    chromium: Browser,
    house: House,
    visitor: Visitor,
    *,
    scheme: Scheme = "light",
    width: int = WIDE,
) -> AsyncIterator[Window]:
    """Somebody's browser, in which they are logged in; nothing may be complained of in it."""
    context = await chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    await context.add_cookies([{"name": "plimsoll", "value": visitor.cookie, "url": house.url}])
    opened = Window(context, house.url)
    try:
        yield opened
    finally:
        await context.close()
    assert opened.complaints == []


async def is_accessible(
    page: Page, *, colours: bool = True, words: bool = True, within: str = "html"
) -> None:
    """By WCAG 2.2 AA. `colours`: what depends on the colour scheme; `words`: everything else."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
    tags = {"type": "tag", "values": WCAG}
    options: dict[str, Any] = {
        "runOnly": tags if words else {"type": "rule", "values": COLOURS},
        "rules": {} if colours else {rule: {"enabled": False} for rule in COLOURS},
        "resultTypes": ["violations"],  # what is in order is counted, not described
    }
    run = "([within, options]) => axe.run(within, options)"
    found = AxeResults(await page.evaluate(run, [within, options]))
    assert found.violations_count == 0, found.generate_report()


async def open_all(page: Page) -> None:
    """Opens every table and every form that a button opens, each at its place in the page: as
    popovers they would cover each other.
    """
    await page.evaluate(
        """() => {
          document.querySelectorAll("details").forEach((one) => (one.open = true));
          document.querySelectorAll("dialog[popover], #me").forEach((one) => {
            one.style.display = "block";
            one.style.position = "static";
          });
        }"""
    )


_SMALL = """
    () => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width && box.height && !one.matches(".skip"))
        .filter(([_, box]) => box.width < 23.5 || box.height < 23.5)
        .map(([one, box]) => `${one.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)
"""


async def fits_a_phone(page: Page) -> None:
    """One column at 320 px, as at 400 % zoom: nothing has to be scrolled sideways."""
    await page.set_viewport_size({"width": 320, "height": 800})
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320, f"{wide} px wide"


async def looks_right(
    chromium: Browser, house: House, path: str, people: dict[str, Visitor], name: str = ""
) -> None:
    """A page in both languages and both colour schemes, wide and on a phone. `people`: language ->
    somebody who may see it. With SHOTS set to a folder, pictures of it are left there. What axe
    finds in every page is for test_every_page.py.
    """
    # In one tab: a page in a new one takes twice the time of Chromium.
    (first, _), *_ = LOOKS
    async with window(chromium, house, people[first]) as opened:
        page = await opened.blank()
        for language, scheme in LOOKS:
            await opened.becomes(people[language])
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size({"width": WIDE, "height": HIGH})
            await page.goto(house.url + path)
            assert await page.locator("html").get_attribute("lang") == language
            assert await page.locator("h1").count() == 1
            await has_large_targets(page)
            await _shot(page, f"{name}-{language}-{scheme}")
            await fits_a_phone(page)
            await _shot(page, f"{name}-{language}-phone")


async def has_large_targets(page: Page) -> None:
    """Whatever can be pressed is 24 by 24 pixels at least, links within lines too."""
    assert await page.evaluate(_SMALL) == []


async def _shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
