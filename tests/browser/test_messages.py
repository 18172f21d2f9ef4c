"""Mails in a real browser: they fit a phone and a desk, light and dark; the pictures of
docs/messages.md are taken here.
"""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.support import pictures
from tests.support.catalogs import catalog
from tests.support.texts import mail_text
from tests.support.told import SENDER, named, told
from tests.unit.shared.wording.test_golden import MESSAGES
from tests.unit.shared.wording.test_proposal import UNSUBSCRIBE, aozora, step

GLOBAL = catalog("global")
THEMES = ("light", "dark")
WIDTHS = (320, 600)
BRAND = {"name": {"en": "Aozora Cloud", "ja": "青空クラウド"}, "color": "#0f766e"}
NAMES = {"en": "Hanako Aozora", "ja": "青空 花子"}
LOCALES = {"en": "en-US", "ja": "ja-JP"}
PICTURED: dict[str, dict[str, Any]] = {
    "notice": told(GLOBAL, "starter", "api_calls", 8_500, threshold=80, name="Kitsune")
    | {"brand": BRAND},
    "offer": aozora(9_200_000_000, 90) | {"brand": BRAND},
}
PICTURED["offer"]["proposal"]["price_step"] = step(3_000, 2_000, currency="JPY")
LETTER_WIDTHS = (390, 600)
WRITTEN = {
    "en": (
        "Friday's call",
        "Hello Sato,\n\nthank you for today. As promised:\n- the price of three plans\n"
        "- a list of what the audit asks for\n\nUntil Friday, 10:00.\n\nKato",
    ),
    "ja": (
        "金曜日のお打ち合わせ",
        "佐藤様\n\n本日はありがとうございました。お約束した資料をお送りします。\n"
        "・3つのプランの料金\n・監査で確認される項目の一覧\n\n"
        "金曜日の10時にお待ちしております。\n\n加藤",
    ),
}
NEXT = {"en": "a formal proposal by September 30, 2025", "ja": "正式なご提案(2025年9月30日まで)"}
INTRODUCED = {"from": "Kato", "to": "Mori", "next": NEXT}
"""As the trigger says it of an accepted hand-off (services/trigger/process/handoff)."""


def mailed(kind: Any, facts: dict[str, Any], lang: str) -> str:
    return mail_text(kind, "notice", facts, NAMES[lang], "owner", LOCALES[lang], UNSUBSCRIBE).html


async def fits(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 400})
    wide = (
        "() => [...document.querySelectorAll('body *')]"
        ".filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
    )
    assert await page.evaluate(f"({wide})().map(one => one.outerHTML.slice(0, 300))") == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_every_mail_fits_from_320_pixels_on(chromium: Browser) -> None:
    page = await chromium.new_page()
    for kind, facts in MESSAGES.values():
        for lang in LOCALES:
            await page.set_content(mailed(kind, facts | {"brand": BRAND}, lang))
            for width in WIDTHS:
                await fits(page, width)
    await page.close()


async def test_whatever_a_name_holds_is_text_and_stays_in_its_place(chromium: Browser) -> None:
    page = await chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name in (
        "W" * 2_000,
        "<img src=x onerror=alert(1)>\"'</td></table><script>fetch('/')</script>",
        "株" * 500,
    ):
        for logo in (None, "https://localhost:1/logo.png"):
            brand = BRAND | {"logo": logo}
            for kind, facts in MESSAGES.values():
                facts = named(facts | {"brand": brand}, name)
                await page.set_content(
                    mail_text(kind, "notice", facts, name, "owner", "en-US", UNSUBSCRIBE).html
                )
                await fits(page, 320)
                assert await page.evaluate("document.images.length") == (1 if logo else 0)
    assert {url for url in asked if not url.startswith("about:")} == {
        "https://localhost:1/logo.png"
    }
    await page.close()


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("name", PICTURED)
async def test_mails_as_pictures_and_for_axe(chromium: Browser, name: str, lang: str) -> None:
    page = await chromium.new_page()
    await page.set_content(mailed("usage.threshold", PICTURED[name], lang))
    # In light only: axe takes any page without its own colour as white. A mail has no landmarks.
    found = await Axe().run(
        page,
        options={"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}},
    )
    assert found.violations_count == 0, found.generate_report()
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            await fits(page, width)
            await pictures.taken(page, f"mail-{name}-{lang}-{width}-{theme}", whole=True)
    await page.close()


def letter(name: str, lang: str) -> str:
    """`person` is an answer that sells: with who sends it, and how to refuse."""
    subject, body = WRITTEN[lang]
    written: dict[str, Any] = {"subject": subject, "body": [body]}
    if name == "intro":
        parts = ("handoff.intro.subject", "handoff.intro.body")
        title, text = ({"key": one, "variables": INTRODUCED} for one in parts)
        written = {"subject": title, "body": [text]}
    told = PICTURED["notice"] | {"meter": None, "letter": written, "sender": SENDER}
    sells = UNSUBSCRIBE if name == "person" else None
    kind = "handoff.intro" if name == "intro" else "person.message"
    reader = {"en": "Sato", "ja": "佐藤"}[lang]
    return mail_text(kind, "notice", told, reader, "member", LOCALES[lang], sells).html


@pytest.mark.parametrize("name", ["person", "intro"])
async def test_letters_as_pictures_and_for_axe(chromium: Browser, name: str) -> None:
    page = await chromium.new_page()
    for lang in LOCALES:
        await page.set_content(letter(name, lang))
        rules = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}
        no_title = rules | {"page-has-heading-one": {"enabled": False}}
        await page.emulate_media(color_scheme="light")
        found = await Axe().run(page, options={"rules": no_title})
        assert found.violations_count == 0, found.generate_report()
        await fits(page, 320)
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in LETTER_WIDTHS:
                await fits(page, width)
                await pictures.taken(page, f"mail-{name}-{lang}-{width}-{theme}", whole=True)
    await page.close()
