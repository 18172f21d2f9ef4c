"""`/console/preferences`: how it looks, and where its reader is logged in."""

import re

import httpx
import pytest

from tests.support.browser_like import Browserlike, place_of, text_of
from tests.support.console import House
from tests.support.identity_provider import MadeUpProvider

PATH = "/console/preferences"


@pytest.fixture
async def visitor(browser: Browserlike, provider: MadeUpProvider) -> Browserlike:
    provider.will(claims={"sub": "p", "name": "Pia", "roles": ["csm"]})
    assert (await browser.log_in()).status_code == 303
    return browser


def sessions(page: httpx.Response) -> list[str]:
    return re.findall(r'data-session="([^"]*)"', page.text)


async def test_what_is_chosen_holds_on_every_page(visitor: Browserlike) -> None:
    csrf = await visitor.csrf()
    fields = {"csrf": csrf, "whole": "1", "language": "ja", "time_zone": "Asia/Tokyo"}
    more = {"theme": "dark", "start_page": "/console/reports"}
    saved = await visitor.post(PATH, fields | more)
    assert (saved.status_code, place_of(saved)) == (303, f"{PATH}?said=saved")
    page = await visitor.get(saved.headers["location"])
    assert '<html lang="ja" data-theme="dark">' in page.text
    assert 'data-keys="off"' in page.text
    for name in ("Asia/Tokyo", "dark", "/console/reports", "ja"):
        assert f'<option value="{name}" selected' in page.text
    assert "保存しました。" in text_of(page)


async def test_a_button_of_another_page_changes_one_thing_and_leads_back(
    visitor: Browserlike,
) -> None:
    csrf = await visitor.csrf()
    await visitor.post(PATH, {"csrf": csrf, "theme": "light", "language": "en"})
    back = await visitor.post(PATH, {"csrf": csrf, "theme": "dark", "to": "/console/today?due=all"})
    assert place_of(back) == "/console/today?due=all"
    assert '<html lang="en" data-theme="dark">' in (await visitor.get(PATH)).text
    away = await visitor.post(PATH, {"csrf": csrf, "theme": "light", "to": "//evil.example"})
    assert place_of(away) == f"{PATH}?said=saved"


async def test_what_there_is_not_is_said_beside_its_field_and_changes_nothing(
    visitor: Browserlike,
) -> None:
    csrf = await visitor.csrf()
    page = await visitor.post(PATH, {"csrf": csrf, "theme": "dark", "time_zone": "Mars/Olympus"})
    assert page.status_code == 422
    assert 'id="problems"' in page.text
    assert "Choose the name of a time zone" in text_of(page)
    await visitor.post(PATH, {"csrf": csrf, "theme": "system"})
    assert 'data-theme="system"' in (await visitor.get(PATH)).text


async def test_a_person_sees_and_ends_their_own_sessions(
    visitor: Browserlike, house: House, provider: MadeUpProvider
) -> None:
    csrf = await visitor.csrf()
    async with Browserlike.at(house.url, headers={"User-Agent": "X Firefox/140.0"}) as other:
        await other.log_in()
        page = await visitor.get(PATH)
        assert "Firefox" in text_of(page)
        theirs = sessions(await other.get(PATH))[0]
        assert theirs in sessions(page)
        provider.will(claims={"sub": "q", "name": "Quin", "roles": ["csm"]})
        async with Browserlike.at(house.url) as stranger:
            await stranger.log_in()
            assert theirs not in sessions(await stranger.get(PATH))
            fields = {"csrf": await stranger.csrf(), "session": theirs}
            await stranger.post(f"{PATH}/sessions", fields)
        assert (await other.get(PATH)).status_code == 200
        ended = await visitor.post(f"{PATH}/sessions", {"csrf": csrf, "session": theirs})
        assert place_of(ended) == f"{PATH}?said=ended"
        assert (await other.get(PATH)).status_code == 303
    await visitor.post(f"{PATH}/sessions", {"csrf": csrf})
    assert (await visitor.get(PATH)).status_code == 303
