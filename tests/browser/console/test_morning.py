"""A morning's work: without scripts, by keyboard alone, back and send again, and on paper."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect
from pypdf import PdfReader

from shared.embedded import Addresses
from shared.runtime.settings import load_settings
from tests.browser.console.conftest import window
from tests.support.console import House, Visitor, open_house
from tests.support.desk import until
from tests.support.furnished import MAIN, Furnished, furnish

B = "/console"


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
        yield await furnish(house)


@pytest.fixture(scope="module")
async def people(made: Furnished) -> dict[str, Visitor]:
    return {
        "en": await made.house.visitor("u7", "csm", name="Kato"),
        "ja": await made.house.visitor("m1", "manager", name="加藤", language="ja"),
    }


async def begun(made: Furnished, title: str) -> str:
    """A task of Kato's."""
    body = {"title": title, "due_at": "2026-12-01T12:00:00Z"}
    by = {"Plimsoll-Person": "u7"}
    path = f"/v1/accounts/{MAIN}/tasks"
    task = await made.house.desk("POST", path, body, headers=by, want=201)
    return str(task["id"])


async def entries(house: House, task: str) -> list[str]:
    found: Any = await house.desk("GET", f"/v1/tasks/{task}/entries")
    return [one["type"] for one in found["data"]]


async def test_a_morning_without_scripts(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    house, task = made.house, await begun(made, "Call Ito")
    context = await chromium.new_context(java_script_enabled=False)
    cookie: Any = {"name": "plimsoll", "value": people["en"].cookie, "url": house.url}
    await context.add_cookies([cookie])
    page = await context.new_page()
    await page.goto(f"{house.url}{B}/today")
    await page.get_by_label("Due", exact=True).select_option("today")
    await page.get_by_role("button", name="Show").click()
    await page.wait_for_url("**due=today**")
    await page.get_by_role("link", name="Call Ito").click()
    await page.locator("#act-close-opens").click()
    closing = page.locator("form#close")
    await closing.get_by_label("Outcome").select_option("no_success")
    await closing.locator("textarea").fill("Nobody there.")
    await closing.get_by_role("button", name="Close").click()
    await expect(page.locator("#announce")).to_have_text("Closed.")
    assert (await house.desk("GET", f"/v1/tasks/{task}"))["state"] == "closed_no_success"
    await page.get_by_role("link", name="Next task").first.click()
    await expect(page.locator("body")).to_have_attribute("data-page", "tasks_one")

    await page.goto(f"{house.url}{B}/accounts")
    await page.locator("main input[name=q]").fill("Kitsune")
    await page.locator("main form.filters button").first.click()
    await page.wait_for_url("**q=Kitsune**")
    await expect(page.locator("[data-account]")).to_have_count(1)
    await page.locator("th a").first.click()
    await page.wait_for_url("**sort=**")
    await page.get_by_role("link", name="Kitsune").first.click()
    await expect(page.locator("body")).to_have_attribute("data-page", "accounts_one")

    await page.goto(f"{house.url}{made.at(B + '/opportunities/{id}')}")
    await page.locator("#act-next_step-opens").click()
    await page.locator("form#next_step [name=due]").fill("2026-12-20")
    await page.locator("form#next_step button").click()
    due = page.locator("[data-field='next_step.due']")
    await expect(due).to_have_attribute("data-value", "2026-12-20")
    await context.close()


_SEEN = """() => {
  const one = document.activeElement;
  if (one === document.body || one.id === "main") return "nowhere";
  const look = getComputedStyle(one), box = one.getBoundingClientRect();
  const said = one.outerHTML.slice(0, 200);
  if (look.outlineStyle === "none" || parseFloat(look.outlineWidth) < 2) return `bare: ${said}`;
  if (box.width < 1 || box.bottom < 0 || box.top > innerHeight) return `out of sight: ${said}`;
  return "";
}"""


async def tab_to(page: Page, selector: str, most: int = 120) -> None:
    """By the Tab key alone; wherever it comes by must be seen."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        assert await page.evaluate(_SEEN) == ""
        if await page.evaluate("(one) => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


async def test_by_keyboard_alone_a_task_is_closed_and_the_next_one_opened(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    task = await begun(made, "Call Sato")
    async with window(chromium, made.house, people["en"]) as opened:
        page = await opened.open(f"{B}/today?due=today")
        await page.keyboard.press("Tab")
        await expect(page.locator("a.skip")).to_be_focused()
        await tab_to(page, "main select[name=due]")
        await page.keyboard.press("ArrowUp")
        await tab_to(page, "main form.filters button")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/today?*due=overdue*")
        await expect(page.locator("main form.filters button")).to_be_focused()
        await page.go_back()
        await page.wait_for_url("**/today?due=today")
        await page.locator(f"[data-task='{task}']").wait_for()
        await tab_to(page, f"[data-task='{task}'] a[data-field=title]")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Call Sato")
        await page.go_back()
        await expect(page.locator(f"[data-task='{task}'] a[data-field=title]")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Call Sato")
        await tab_to(page, "#act-close-opens")
        await page.keyboard.press("Enter")
        await tab_to(page, "form#close textarea")
        await page.keyboard.type("Done.")
        await tab_to(page, "form#close button")
        await page.keyboard.press("Enter")
        await expect(page.locator("#announce")).to_have_text("Closed.")
        await expect(page.locator("h1")).to_be_focused()
        await tab_to(page, "main a[href^='/console/tasks/']")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).not_to_have_text("Call Sato")
        assert await entries(made.house, task) == ["close", "opened"]


async def noted(made: Furnished, task: str, text: str) -> None:
    """By somebody else."""
    path, said = f"/v1/tasks/{task}/entries", {"type": "note", "text": text}
    await made.house.desk("POST", path, said, headers={"Plimsoll-Person": "m1"}, want=201)


async def test_twice_clicked_and_back_and_sent_again_make_one_entry(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    task = await begun(made, "Write to Abe")
    async with window(chromium, made.house, people["en"]) as opened:
        page = await opened.open(f"{B}/tasks/{task}")
        # Somebody else adds to it: the part comes anew, with other keys.
        noting = page.locator("form#note")
        revision = noting.locator("[name=revision]")
        before = await revision.input_value()
        await noted(made, task, "Abe is away.")
        await expect(page.locator("#part-history")).to_contain_text("Abe is away.")
        await expect(revision).not_to_have_value(before)
        await noting.locator("textarea").fill("I wrote.")
        await noting.locator("button").dblclick()
        await expect(page.locator("#announce")).to_have_text("The note is saved.")
        await page.go_back()
        await page.locator("form#note").wait_for(state="attached")
        assert await noting.locator("textarea").input_value() == ""
        await noting.locator("textarea").fill("I wrote.")
        await noting.locator("button").click()
        await expect(page.locator("#announce")).to_have_text("The note is saved.")
        assert await entries(made.house, task) == ["note", "note", "opened"]


async def test_after_log_out_nothing_comes_back(chromium: Browser, made: Furnished) -> None:
    gone = await made.house.visitor("u9", "csm", name="Gone")
    async with window(chromium, made.house, gone) as opened:
        page = await opened.open(f"{B}/accounts/{MAIN}")
        await page.locator("header [popovertarget=me]").click()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("h1")).to_have_text("You are logged out")
        await page.go_back()
        await page.wait_for_load_state()
        assert "Aozora" not in await page.locator("body").inner_text()
        await page.reload()
        assert "Aozora" not in await page.locator("body").inner_text()
        assert await page.locator("[data-page=accounts_one]").count() == 0


PRINTED = ("accounts/{id}", "opportunities/{id}/case", "handoffs/{id}")


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_what_is_taken_to_a_meeting_is_printed_whole_and_alone(
    chromium: Browser, made: Furnished, people: dict[str, Visitor], language: str
) -> None:
    async with window(chromium, made.house, people[language]) as opened:
        page = await opened.blank()
        for path in PRINTED:
            await page.goto(made.house.url + made.at(f"{B}/{path}"))
            await page.emulate_media(media="print")
            await expect(page.get_by_role("navigation")).to_have_count(0)
            await expect(page.get_by_role("button")).to_have_count(0)
            links = await page.locator("nav.rail a").all_inner_texts()
            cells = await page.locator("main details table td").all_text_contents()
            file = await page.pdf(format="A4")
            text = "".join(one.extract_text() for one in PdfReader(BytesIO(file)).pages)
            plain = "".join(text.split())
            assert "Aozora" in plain
            assert not all("".join(one.split()) in plain for one in links[-3:]), path
            for cell in cells[:20]:
                assert "".join(cell.split()) in plain, (path, cell, text)


async def test_a_link_to_a_field_keeps_what_was_typed(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    task = await begun(made, "Ask Ito")
    async with window(chromium, made.house, people["en"]) as opened:
        opened.expected("422")
        page = await opened.open(f"{B}/tasks/{task}")
        await page.locator("#act-snooze-opens").click()
        snoozing = page.locator("form#snooze")
        await snoozing.locator("[name=until]").fill("2026-11-01")
        await snoozing.locator("[name=reason]").fill("On holiday")
        await snoozing.locator("button").click()
        await expect(page.locator("#problems")).to_be_focused()
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request))
        await page.locator("#problems a").first.click()
        await expect(page.locator("#f-until")).to_be_focused()
        await page.evaluate("new Promise(requestAnimationFrame)")
        # What changed elsewhere may be asked for at any moment: it takes no form.
        by_link = [one.url for one in asked if "x-plimsoll-live" not in one.headers]
        assert [one for one in by_link if not re.search("/console/(static|stream)", one)] == []
        await expect(snoozing.locator("[name=reason]")).to_have_value("On holiday")


@asynccontextmanager
async def being_reloaded(page: Page, path: str) -> AsyncIterator[None]:
    """Its forms are asked for anew; the answer comes at the end of the block."""
    arrived, on = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        if "x-plimsoll-live" in route.request.headers and not on.is_set():
            arrived.set()
            await on.wait()
        await route.continue_()

    await page.route(f"**{path}", slowly)
    await page.evaluate(
        """document.dispatchEvent(new CustomEvent("plimsoll:reload",
            { detail: document.querySelector("[data-live]:has(#act-snooze-opens)").id }))"""
    )
    await asyncio.wait_for(arrived.wait(), 10)
    yield
    async with page.expect_response(lambda answer: answer.url.endswith(path)):
        on.set()
    await page.evaluate("new Promise((done) => setTimeout(done, 300))")


async def test_what_changes_elsewhere_never_takes_a_form_that_was_opened_meanwhile(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    path = f"{B}/tasks/{await begun(made, 'Ask Endo')}"
    async with window(chromium, made.house, people["en"]) as opened:
        page = await opened.open(path)
        async with being_reloaded(page, path):
            await page.locator("#act-snooze-opens").click()
            await page.locator("form#snooze [name=until]").fill("2026-12-24")
        await expect(page.locator("form#snooze [name=until]")).to_have_value("2026-12-24")
        await expect(page.locator("form#snooze [name=until]")).to_be_visible()


async def test_what_changes_elsewhere_never_takes_a_button_that_is_being_pressed(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    path = f"{B}/tasks/{await begun(made, 'Ask Fukuda')}"
    async with window(chromium, made.house, people["en"]) as opened:
        page = await opened.open(path)
        async with being_reloaded(page, path):
            await page.locator("#act-snooze-opens").hover()
            await page.mouse.down()
        await page.mouse.up()
        await expect(page.locator("form#snooze [name=until]")).to_be_visible()


async def test_what_was_refused_stays_whatever_changes_elsewhere(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    task = await begun(made, "Write to Doi")
    async with window(chromium, made.house, people["en"]) as opened:
        opened.expected("412")
        page = await opened.open(f"{B}/tasks/{task}")
        text = page.locator("form#note textarea")
        await text.fill("I wrote.")
        await noted(made, task, "Doi is away.")
        await expect(page.locator("#part-history")).to_contain_text("Doi is away.")
        await page.locator("form#note button").click()
        await expect(page.locator("#problems")).to_be_focused()
        await noted(made, task, "Doi is back.")
        await expect(page.locator("#part-history")).to_contain_text("Doi is back.")
        await page.evaluate("new Promise((done) => setTimeout(done, 300))")
        await expect(text).to_have_value("I wrote.")
        await expect(page.locator("#part-task")).to_contain_text("Added in the meantime")


async def test_the_way_back_leads_to_the_same_place_of_a_list(
    chromium: Browser, made: Furnished, people: dict[str, Visitor]
) -> None:
    async with window(chromium, made.house, people["en"]) as opened:
        page = await opened.open(f"{B}/today?who=all")
        await page.set_viewport_size({"width": 900, "height": 300})
        rows = await page.locator("[data-task]").count()
        await page.locator("main [name=due]").select_option("overdue")
        await page.evaluate("scrollTo(0, 200)")
        await page.evaluate("document.querySelector('main form.filters').requestSubmit()")
        await page.wait_for_url("**due=overdue**")
        await expect(page.locator("[data-task]")).not_to_have_count(rows)
        await expect(page.locator("#announce")).not_to_have_text("")
        await page.go_back()
        await expect(page.locator("[data-task]")).to_have_count(rows)
        await until(lambda: page.evaluate("Math.abs(scrollY - 200) < 2"))
