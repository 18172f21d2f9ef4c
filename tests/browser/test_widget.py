"""<plimsoll-alerts> in a real browser: pointer, keyboard and screen reader, in both languages."""

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import Screen, Tokens
from tests.support import pictures
from tests.support.inboxes import CASE, GB, Office
from tests.support.told import named, offered
from tests.unit.shared.wording.test_proposal import step

_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")


async def test_two_lines_of_html_show_the_inbox(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"))
    await screen.show(account)
    await expect(screen.badge).to_have_text("1")
    await expect(screen.bell).to_have_accessible_name("お知らせ、新着1件")
    await screen.bell.click()
    await expect(screen.panel).to_have_accessible_name("お知らせ")
    await expect(screen.articles).to_have_count(1)
    article = screen.articles.first
    await expect(article).to_have_accessible_name("ストレージ容量: 上限の90%を使用しています")
    await expect(article).to_contain_text(
        "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください"
    )
    await expect(article).to_contain_text("警告")
    link = article.get_by_role("link", name="大容量プランにアップグレード")
    await expect(link).to_have_attribute(
        "href", "https://app.example.com/billing/upgrade?account=a1&plan=next"
    )
    await expect(article.get_by_role("link", name="使用状況を見る")).to_be_visible()


async def test_an_alert_arrives_without_a_reload_and_leaves_when_it_is_cured(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await screen.show_connected(account)
    await expect(screen.bell).to_have_accessible_name("お知らせ")
    await expect(screen.badge).to_be_hidden()
    alert = await office.tell(account, "c1")
    await expect(screen.badge).to_have_text("1")
    await expect(screen.banner).to_contain_text("ストレージ容量: 上限の90%を使用しています")
    await office.cure(alert)
    await expect(screen.banner).to_be_hidden()
    await screen.bell.click()
    await expect(screen.articles.first).to_contain_text("解決済み")


async def test_opening_the_panel_clears_the_badge_everywhere(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    await screen.show(account)
    other = await screen.page.context.new_page()
    await other.goto(screen.page.url)
    await expect(other.locator("plimsoll-alerts .badge")).to_have_text("1")
    await screen.page.bring_to_front()
    await screen.bell.click()
    await expect(screen.badge).to_be_hidden()
    await expect(other.locator("plimsoll-alerts .badge")).to_be_hidden()
    await other.close()


async def test_a_badge_never_grows_beyond_99(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    for _ in range(101):
        await office.tell(account, "c1", threshold=80, used=8 * GB)
    await screen.show(account)
    await expect(screen.badge).to_have_text("99+")
    await expect(screen.bell).to_have_accessible_name("お知らせ、新着99+件")
    await screen.bell.click()
    await expect(screen.articles).to_have_count(20)
    await screen.panel.get_by_role("button", name="以前のお知らせを表示").click()
    await expect(screen.articles).to_have_count(40)


async def test_everything_can_be_done_by_keyboard(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", threshold=80, used=8 * GB)
    await office.tell(account, "c1")
    await screen.show(account, attributes='view="bell"')
    keyboard = screen.page.keyboard
    await expect(screen.badge).to_have_text("2")
    await keyboard.press("Tab")
    await expect(screen.bell).to_be_focused()
    await expect(screen.bell).to_have_attribute("aria-expanded", "false")
    await keyboard.press("Enter")
    await expect(screen.bell).to_have_attribute("aria-expanded", "true")
    await expect(screen.panel).to_be_focused()
    await keyboard.press("PageDown")
    await expect(screen.articles.nth(0)).to_be_focused()
    await keyboard.press("PageDown")
    await expect(screen.articles.nth(1)).to_be_focused()
    await keyboard.press("PageUp")
    await expect(screen.articles.nth(0)).to_be_focused()
    toggle = screen.articles.nth(0).get_by_role("button", name=re.compile("既読にする"))
    await toggle.focus()
    await keyboard.press("Space")
    unread = screen.articles.nth(0).get_by_role("button", name=re.compile("未読にする"))
    await expect(unread).to_be_focused()
    remove = screen.articles.nth(0).get_by_role("button", name=re.compile("削除"))
    await remove.focus()
    await keyboard.press("Enter")
    await expect(screen.articles).to_have_count(1)
    await expect(screen.panel).to_be_focused()
    await keyboard.press("Escape")
    await expect(screen.panel).to_be_hidden()
    await expect(screen.bell).to_be_focused()
    await expect(screen.bell).to_have_attribute("aria-expanded", "false")


async def test_a_press_outside_closes_the_panel(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    await screen.show(account)
    await screen.bell.click()
    await expect(screen.panel).to_be_visible()
    await screen.page.locator("h1").click()
    await expect(screen.panel).to_be_hidden()


@pytest.mark.parametrize(
    ("lang", "locale", "bell", "title", "level", "empty"),
    [
        (
            "ja",
            "ja-JP",
            "お知らせ、新着1件",
            "ストレージ容量: 上限の95%を使用しています",
            "重大",
            "お知らせはまだありません。",
        ),
        (
            "en",
            "en-US",
            "Notifications, 1 new",
            "Storage: 95% used",
            "Critical",
            "No notifications yet.",
        ),
    ],
)
async def test_it_speaks_both_languages(
    office: Office,
    screen: Screen,
    lang: str,
    locale: str,
    bell: str,
    title: str,
    level: str,
    empty: str,
) -> None:
    account = await office.account("c1", "c2", locale=locale)
    await office.tell(account, "c1", threshold=95, used=9_500_000_000)
    await screen.show(account, lang=lang)
    await expect(screen.bell).to_have_accessible_name(bell)
    await screen.bell.click()
    await expect(screen.articles.first).to_have_accessible_name(title)
    await expect(screen.articles.first).to_contain_text(level)
    await screen.show(account, "c2", lang=lang)
    await screen.bell.click()
    await expect(screen.panel).to_contain_text(empty)


async def test_frame_and_texts_follow_the_language_of_the_contact_when_it_changes(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1", locale="en-US")
    await office.tell(account, "c1")
    await screen.show(account, lang="ja", attributes='lang="ja"')
    await expect(screen.bell).to_have_accessible_name("Notifications, 1 new")
    await screen.bell.click()
    await expect(screen.panel).to_have_accessible_name("Notifications")
    await expect(screen.articles.first).to_have_accessible_name("Storage: 90% used")
    assert not _JAPANESE.search(await screen.panel.inner_text())
    await office.change(account, "c1", locale="ja-JP")
    await office.tell(account, "c1", threshold=95, used=9_500_000_000)
    await expect(screen.articles).to_have_count(2)
    await expect(screen.articles.nth(1)).to_have_accessible_name(
        "ストレージ容量: 上限の90%を使用しています"
    )
    await expect(screen.panel).to_have_accessible_name("お知らせ")
    await expect(screen.banner).to_contain_text("上限の95%を使用しています")


async def test_a_notice_that_a_newer_one_replaced_says_so_and_is_not_new(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    lower = await office.tell(account, "c1", threshold=80, used=8 * GB)
    await office.tell(account, "c1", closes=lower)
    await screen.show(account)
    await screen.bell.click()
    newer, older = screen.articles.nth(0), screen.articles.nth(1)
    await expect(older).to_contain_text("新しいお知らせに置き換えられました")
    await expect(older).not_to_contain_text("解決済み")
    await expect(older.get_by_text("新着", exact=True)).to_have_count(0)
    await expect(newer.get_by_text("新着", exact=True)).to_have_count(1)


async def test_a_change_that_cannot_be_saved_is_reported_and_saved_later(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1", locale="en-US")
    await office.tell(account, "c1")
    await screen.page.route("**/v1/inbox/*/read", lambda route: route.abort("connectionrefused"))
    await screen.show(account)
    await screen.bell.click()
    await screen.articles.first.get_by_role("button", name=re.compile("Mark as read")).click()
    unsaved = "Not saved yet: the server cannot be reached. It will be tried again."
    await expect(screen.articles.first).to_contain_text(unsaved)
    await expect(screen.page.locator("plimsoll-alerts [role=status]").last).to_have_text(unsaved)
    await expect(screen.banner).to_contain_text(unsaved)
    await expect(screen.articles.first.get_by_text("New", exact=True)).to_be_visible()
    await screen.page.unroute("**/v1/inbox/*/read")
    await screen.articles.first.get_by_role("button", name="Try now").click()
    await expect(
        screen.articles.first.get_by_role("button", name=re.compile("Mark as unread"))
    ).to_be_visible()
    await expect(screen.articles.first).not_to_contain_text("Not saved")
    await expect(screen.page.locator("plimsoll-alerts [role=status]").last).to_have_text("Saved")
    await expect(screen.banner).to_be_hidden()
    screen.complaints[:] = [
        text for text in screen.complaints if "ERR_CONNECTION_REFUSED" not in text
    ]


async def test_an_unsaved_change_is_retried_automatically_and_a_refused_one_is_reported(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    answers = [503, 503]
    await screen.page.route(
        "**/v1/inbox/*/archive",
        lambda route: route.fulfill(status=answers.pop()) if answers else route.continue_(),
    )
    await screen.page.route("**/v1/inbox/*/read", lambda route: route.fulfill(status=404))
    await screen.show(account)
    await screen.bell.click()
    await screen.articles.first.get_by_role("button", name=re.compile("既読にする")).click()
    await expect(screen.page.locator("plimsoll-alerts [role=status]").last).to_have_text(
        "保存できませんでした。"
    )
    await screen.articles.first.get_by_role("button", name=re.compile("削除")).click()
    await expect(screen.articles.first).to_contain_text("まだ保存されていません。")
    await expect(screen.articles).to_have_count(0)
    screen.complaints[:] = [
        text for text in screen.complaints if "503" not in text and "404" not in text
    ]


async def test_an_item_is_laid_out_with_a_bar_a_list_and_one_button(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1", locale="en-US")
    await office.tell(account, "c1", used=9_200_000_000, proposal=offered(CASE, "basic", "storage"))
    await office.tell(account, "c1", threshold=95, used=9_700_000_000)
    await screen.show(account)
    await screen.bell.click()
    notice, offering = screen.articles.nth(0), screen.articles.nth(1)
    await expect(notice.get_by_role("listitem")).to_have_text(
        ["Use less: remove what you no longer need", "Ask Kato (kato@example.com)"]
    )
    await expect(notice).to_contain_text("You have passed 95% of your limit of 10 GB.")
    assert await notice.locator(".used").evaluate("used => used.style.inlineSize") == "97%"
    assert await notice.locator(".tick").evaluate("tick => tick.style.insetInlineStart") == "95%"
    await expect(notice.locator("a.act")).to_have_text("See your usage")
    await expect(offering.locator("a.act")).to_have_text("Upgrade to High Capacity")
    await expect(offering.get_by_role("link", name="See your usage")).to_be_visible()


async def test_a_critical_arrival_interrupts_and_others_wait_for_a_pause(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await screen.show_connected(account)
    polite, urgent = (
        screen.page.locator("plimsoll-alerts [role=status]").first,
        screen.page.locator("plimsoll-alerts [role=alert]"),
    )
    await office.tell(account, "c1", threshold=80, used=8 * GB)
    await office.tell(account, "c1")
    await expect(polite).to_have_text(
        "新しいお知らせ: ストレージ容量: 上限の90%を使用しています ほか1件"
    )
    await expect(urgent).to_be_empty()
    await office.tell(account, "c1", threshold=95, used=9_500_000_000)
    await expect(urgent).to_have_text("新しいお知らせ: ストレージ容量: 上限の95%を使用しています")


async def test_the_banner_shows_the_worst_and_goes_when_dismissed(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", threshold=95, used=9_500_000_000)
    await office.tell(account, "c1", threshold=80, used=8 * GB)
    await screen.show(account)
    await expect(screen.banner).to_contain_text("95%")
    await expect(screen.banner).to_contain_text("ほか1件")
    await screen.banner.get_by_role("button", name="詳しく見る").click()
    await expect(screen.panel).to_be_visible()
    await screen.page.keyboard.press("Escape")
    await screen.banner.get_by_role("button", name=re.compile("閉じる")).click()
    await expect(screen.banner).to_contain_text("80%")
    await screen.banner.get_by_role("button", name=re.compile("閉じる")).click()
    await expect(screen.banner).to_be_hidden()
    await screen.page.reload()
    await expect(screen.bell).to_have_accessible_name("お知らせ")
    await expect(screen.banner).to_be_hidden()


async def test_a_member_sees_no_link_to_buy(office: Office, screen: Screen) -> None:
    account = await office.account("c1", role="member")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"))
    await screen.show(account)
    await screen.bell.click()
    await expect(screen.articles).to_have_count(1)
    html = await screen.page.locator("plimsoll-alerts").evaluate(
        "element => element.shadowRoot.innerHTML"
    )
    assert "billing/upgrade" not in html
    assert "大容量" not in html


async def test_names_are_shown_as_text_and_only_web_addresses_are_links(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    evil = {
        "id": "storage",
        "unit": "byte",
        "name": {"en": "<img src=x onerror=alert(1)>", "ja": "<img src=x onerror=alert(1)>"},
        "reset": "never",
    }
    links = {"upgrade": "javascript:alert(1)", "usage": "javascript:alert(2)"}
    await office.tell(
        account, "c1", meter=evil, links=links, proposal=offered(CASE, "basic", "storage")
    )
    await screen.show(account)
    await screen.bell.click()
    await expect(screen.articles.first).to_contain_text("<img src=x onerror=alert(1)>")
    assert await screen.page.locator("plimsoll-alerts img").count() == 0
    assert await screen.articles.get_by_role("link").count() == 0


async def test_preferences_can_be_changed(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    await screen.show(account)
    await screen.bell.click()
    await screen.panel.get_by_role("button", name="通知の設定").click()
    box = screen.panel.get_by_role("checkbox", name="ご案内をメールで受け取る")
    await expect(box).to_be_checked()
    await box.uncheck()
    await expect(screen.panel.get_by_text("保存しました")).to_be_visible()
    assert (await office.reader(account)("GET", "/preferences"))["email"] == {
        "notice": True,
        "proposal": False,
    }


async def test_without_a_connection_it_says_so_and_catches_up_afterwards(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", threshold=80, used=8 * GB)
    await screen.show(account)
    await expect(screen.badge).to_have_text("1")
    await screen.page.context.set_offline(True)
    await screen.bell.click()
    await expect(screen.panel).to_contain_text("オフラインです")
    await expect(screen.articles).to_have_count(1)
    await office.tell(account, "c1")
    await screen.page.context.set_offline(False)
    await expect(screen.articles).to_have_count(2)
    await expect(screen.panel).not_to_contain_text("オフラインです")
    screen.complaints[:] = [
        text for text in screen.complaints if "ERR_INTERNET_DISCONNECTED" not in text
    ]


async def test_when_the_inbox_cannot_be_read_it_says_so_and_tries_again(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    await screen.page.route(
        "**/v1/inbox/stream", lambda route: route.fulfill(status=503, headers={"Retry-After": "60"})
    )
    await screen.show(account)
    await screen.bell.click()
    await expect(screen.panel).to_contain_text("お知らせを読み込めませんでした。")
    await screen.page.unroute("**/v1/inbox/stream")
    await screen.panel.get_by_role("button", name="もう一度試す").click()
    await expect(screen.articles).to_have_count(1)
    screen.complaints[:] = [text for text in screen.complaints if "503" not in text]


async def test_a_new_token_is_fetched_when_the_old_one_ends(
    office: Office, screen: Screen, tokens: Tokens
) -> None:
    account = await office.account("c1")
    tokens.ttl = 2
    await screen.show(account)
    await expect(screen.bell).to_have_accessible_name("お知らせ")
    await screen.page.wait_for_timeout(5_000)
    await office.tell(account, "c1")
    await expect(screen.badge).to_have_text("1")
    assert tokens.minted >= 2
    screen.complaints[:] = [text for text in screen.complaints if "401" not in text]


async def test_a_person_who_has_left_is_asked_to_sign_in(office: Office, screen: Screen) -> None:
    account = await office.account("c1", "c2")
    await office.leave(account, "c1")
    await screen.show(account)
    await screen.bell.click()
    await expect(screen.panel).to_contain_text("もう一度サインインしてください")
    screen.complaints[:] = [text for text in screen.complaints if "401" not in text]


async def test_elements_with_one_source_share_one_stream(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    streams: list[str] = []
    screen.page.on(
        "request",
        lambda request: streams.append(request.url) if request.url.endswith("/stream") else None,
    )
    second = (
        f'<plimsoll-alerts token-url="/product/{account}/c1/token" view="banner"></plimsoll-alerts>'
    )
    await screen.show(account, before=second, attributes='view="bell"')
    await expect(screen.bell).to_have_count(1)
    await office.tell(account, "c1")
    await expect(screen.badge).to_have_text("1")
    await expect(screen.banner).to_have_count(1)
    await expect(screen.banner).to_contain_text("90%")
    await screen.banner.get_by_role("button", name="詳しく見る").click()
    await expect(screen.panel).to_be_visible()
    assert len(streams) == 1


async def test_a_token_attribute_and_a_function_work_too(office: Office, screen: Screen) -> None:
    account = await office.account("c1", "c2")
    await office.tell(account, "c1")
    await office.tell(account, "c2")
    await screen.show(account)
    await screen.page.locator("plimsoll-alerts").evaluate(
        "(element, token) => "
        "{ element.removeAttribute('token-url'); element.setAttribute('token', token); }",
        office.token(account, "c2"),
    )
    await expect(screen.badge).to_have_text("1")
    await screen.page.locator("plimsoll-alerts").evaluate(
        "(element, token) => { element.getToken = async () => token; }", office.token(account)
    )
    await expect(screen.badge).to_have_text("1")


async def test_a_hidden_page_closes_its_stream(office: Office, screen: Screen) -> None:
    account = await office.account("c1")
    await screen.show(account)
    await expect(screen.bell).to_have_accessible_name("お知らせ")
    hide = """state => {
        Object.defineProperty(document, 'hidden', {configurable: true, get: () => state});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await _streams(office, screen, account, 1)
    await screen.page.evaluate(hide, True)
    await _streams(office, screen, account, 0)
    await office.tell(account, "c1")
    await screen.page.evaluate(hide, False)
    await expect(screen.badge).to_have_text("1")


async def _streams(office: Office, screen: Screen, account: str, wanted: int) -> None:
    for _ in range(60):
        if office.hub.streams_of(account, "c1") == wanted:
            return
        await screen.page.wait_for_timeout(50)
    raise AssertionError(f"not {wanted} streams")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("what", ["closed", "panel", "empty", "settings"])
async def test_axe_finds_nothing(office: Office, screen: Screen, theme: Any, what: str) -> None:
    account = await office.account("c1")
    await screen.page.emulate_media(color_scheme=theme)
    if what != "empty":
        for threshold, used in ((80, 8 * GB), (90, 9 * GB), (95, 9_500_000_000)):
            await office.tell(
                account,
                "c1",
                threshold=threshold,
                used=used,
                proposal=offered(CASE, "basic", "storage"),
            )
    await screen.show(account)
    await expect(screen.bell).to_be_visible()
    if what != "closed":
        await screen.bell.click()
        await expect(screen.articles if what != "empty" else screen.panel).to_have_count(
            3 if what != "empty" else 1
        )
    if what == "settings":
        await screen.panel.get_by_role("button", name="通知の設定").click()
        await expect(screen.panel.get_by_role("checkbox")).to_have_count(3)
    found = await Axe().run(screen.page)
    assert found.violations_count == 0, found.generate_report()


async def test_it_is_as_light_or_dark_as_the_page_unless_told_otherwise(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    await screen.page.emulate_media(color_scheme="dark")
    for attributes, shade in (("", "rgb(29, 33, 38)"), ('theme="light"', "rgb(255, 255, 255)")):
        await screen.show(account, attributes=attributes)
        await expect(screen.banner).to_have_css("background-color", shade)
    await screen.page.add_script_tag(content="document.documentElement.style.colorScheme = 'light'")
    await screen.page.locator("plimsoll-alerts").evaluate(
        "element => element.removeAttribute('theme')"
    )
    await expect(screen.banner).to_have_css("background-color", "rgb(255, 255, 255)")


async def test_reduced_motion_is_respected_and_it_fits_a_phone(
    office: Office, screen: Screen
) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"))
    meter = {"id": "m", "unit": "byte", "name": {"en": "", "ja": ""}, "reset": "never"}
    await office.tell(
        account,
        "c1",
        **named({"proposal": offered(CASE, "basic", "storage"), "meter": meter}, "W" * 900),
    )
    await screen.page.set_viewport_size({"width": 320, "height": 568})
    await screen.show(account)
    await expect(screen.banner).to_be_visible()
    assert (
        await screen.banner.evaluate("element => getComputedStyle(element).animationName") == "none"
    )
    await screen.bell.click()
    box = await screen.panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 568
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await screen.panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    await expect(screen.articles).to_have_count(2)
    await screen.page.emulate_media(reduced_motion="no-preference")
    assert (
        await screen.banner.evaluate("element => getComputedStyle(element).animationName") == "come"
    )


async def test_the_script_is_served_for_other_origins_with_its_digest(
    office: Office, screen: Screen
) -> None:
    about = (await office.http.get("/v1/widget/plimsoll-alerts.json")).json()
    script = await office.http.get("/v1/widget/plimsoll-alerts.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["access-control-allow-origin"] == "*"
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    again = await office.http.get(
        "/v1/widget/plimsoll-alerts.js", headers={"If-None-Match": script.headers["etag"]}
    )
    assert again.status_code == 304
    account = await office.account("c1")
    await office.tell(account, "c1")
    loads = (
        '<script type="module" src="/v1/widget/plimsoll-alerts.js?x" '
        f'integrity="{about["integrity"]}"></script>'
    )
    await screen.show(account, script=loads)
    await expect(screen.badge).to_have_text("1")


@pytest.mark.parametrize(("lang", "locale"), [("en", "en-US"), ("ja", "ja-JP")])
async def test_the_inbox_as_pictures(
    office: Office, screen: Screen, lang: str, locale: str
) -> None:
    account = await office.account("c1", locale=locale)
    lower = await office.tell(account, "c1", threshold=80, used=8_500_000_000)
    offer = offered(CASE, "basic", "storage", price_step=step(3_000, 2_000, currency="JPY"))
    await office.tell(account, "c1", used=9_200_000_000, proposal=offer, closes=lower)
    for theme in ("light", "dark"):
        await screen.page.emulate_media(color_scheme=theme)
        for width in (320, 600):
            await screen.page.set_viewport_size({"width": width, "height": 860})
            await screen.show(account, attributes='view="bell"')
            await screen.bell.click()
            await expect(screen.articles).to_have_count(2)
            box = await screen.panel.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert await screen.panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
            await pictures.taken(screen.page, f"inbox-{lang}-{width}-{theme}", whole=False)
