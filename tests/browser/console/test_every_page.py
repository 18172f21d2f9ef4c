"""Every page in a real Chromium, with names that try to be more than text: nothing that its policy
refuses, nothing asked for elsewhere, nothing for axe to find: with everything opened, with a
dialog, and with faults shown.

By day each in both languages and both colour schemes, with everything opened; with a dialog and
with faults some of them, others each day. At night each in every look and every state.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date

import pytest
from playwright.async_api import Browser, Page

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.browser.console.conftest import Scheme, is_accessible, open_all, window
from tests.support.console import Visitor, open_house
from tests.support.furnished import Furnished, addresses, furnish
from tests.support.hostile import HOSTILE

B = "/console"
NO_PAGES = ("/stream", "/static/{name}", "/bundle", "/documents/{name}", ".csv", "/json")
BEFORE = {f"{B}/{one}" for one in ("callback", "login", "logged-out", "kept", "{rest:path}")}
"""They answer 400 or 404, or as to somebody who is not logged in."""
MORE = ("today?who=all", "pipeline?view=table", "search?q=evil", "accounts?near=81")
LOOKS: tuple[tuple[str, Scheme], ...] = (
    ("en", "light"),
    ("ja", "dark"),
    ("en", "dark"),
    ("ja", "light"),
)
State = Callable[[Page], Awaitable[bool]]
"""Brings a page into a state; False if it has none."""
SHARE = 10
TODAY = date.today().toordinal()
_REPORTS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`refused ${event.violatedDirective} ${event.blockedURI}`))"""


@pytest.fixture(scope="module")
async def made(stack: Addresses, module_database_url: str) -> AsyncIterator[Furnished]:
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_ADMIN_KEY": "a" * 40,
            "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        }
    )
    async with open_house(settings) as house:
        yield await furnish(house, HOSTILE)


@pytest.fixture(scope="module")
async def people(made: Furnished) -> dict[str, Visitor]:
    return {
        language: await made.house.visitor(f"a-{language}", "admin", "csm", language=language)
        for language in ("en", "ja")
    }


def pages(made: Furnished) -> list[str]:
    shown = [
        made.at(one) for one in addresses("GET") if not one.endswith(NO_PAGES) and one not in BEFORE
    ]
    return sorted({*shown, *(f"{B}/{one}" for one in MORE)})


async def walked(
    chromium: Browser,
    made: Furnished,
    visitor: Visitor,
    scheme: Scheme,
    paths: list[str],
    states: Sequence[State],
) -> list[str]:
    """What is wrong."""
    wrong = []
    async with window(chromium, made.house, visitor, scheme=scheme) as opened:
        opened.expected("4")  # of refused forms
        page = await opened.blank()
        await page.add_init_script(_REPORTS)
        for path in paths:
            await page.goto(made.house.url + path)
            for state in states:
                try:
                    if await state(page):
                        await is_accessible(page)
                except AssertionError as fault:
                    wrong.append(f"{path} {state.__name__}: {fault}")
    return wrong


async def _all_open(page: Page) -> bool:
    assert await page.locator("h1").count() == 1
    await open_all(page)
    return True


async def _with_a_dialog(page: Page) -> bool:
    await page.keyboard.press("Control+k")
    await page.locator("dialog[open]").wait_for()
    return True


async def _with_faults(page: Page) -> bool:
    """The first form of the page is sent as it is, empty as it may be."""
    await page.keyboard.press("Escape")
    form = page.locator("main form[method=post]:has(input:not([type=hidden]), textarea)").first
    if not await form.count():
        return False
    await form.evaluate(
        """(form) => {
            for (const one of form.querySelectorAll("[required]")) one.required = false;
            for (const one of form.querySelectorAll("input[type=text], textarea")) one.value = "";
            form.noValidate = true;
            form.requestSubmit(form.querySelector("button:not([type=button])"));
        }"""
    )
    await page.wait_for_load_state()
    await page.locator("#problems, #announce").first.wait_for(state="attached")
    return await page.locator("#problems").count() > 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_every_page_in_each_language_and_each_scheme(
    chromium: Browser, made: Furnished, people: dict[str, Visitor], language: str
) -> None:
    """Words and colours do not depend on each other: colours are looked at in one language, in both
    schemes of a page that is loaded once.
    """
    wrong = []
    async with window(chromium, made.house, people[language]) as opened:
        opened.expected("4")  # of pages that say what is wrong with their address
        page = await opened.blank()
        await page.add_init_script(_REPORTS)
        for path in pages(made):
            await page.goto(made.house.url + path)
            try:
                await _all_open(page)
                await is_accessible(page, colours=language == "en")
                if language == "en":
                    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
                    await is_accessible(page, words=False)
            except AssertionError as fault:
                wrong.append(f"{path}: {fault}")
    assert wrong == []


async def test_some_pages_today_with_a_dialog_and_with_faults(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    language, scheme = LOOKS[TODAY % len(LOOKS)]
    some = pages(made)[TODAY % SHARE :: SHARE]
    states = (_with_a_dialog, _with_faults)
    assert await walked(chromium, made, people[language], scheme, some, states) == []


@pytest.mark.nightly
@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_every_page_in_every_look(
    chromium: Browser,
    made: Furnished,
    people: dict[str, Visitor],
    language: str,
    scheme: Scheme,
) -> None:
    states = (_all_open, _with_a_dialog, _with_faults)
    assert await walked(chromium, made, people[language], scheme, pages(made), states) == []
