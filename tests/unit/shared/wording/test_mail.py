"""A mail as its reader sees it: the order of its parts, nothing twice, one button, the sender's
brand, of when the figures are.
"""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from shared.wording.mail import COLUMNS
from tests.support.catalogs import catalog
from tests.support.texts import inbox_text, mail_text, task_text
from tests.support.told import GB, named, offered, told
from tests.unit.shared.wording.test_golden import MESSAGES
from tests.unit.shared.wording.test_proposal import UNSUBSCRIBE, aozora, sakura

CASE, GLOBAL, JP = catalog("case"), catalog("global"), catalog("jp")
BRAND = {
    "name": {"en": "Aozora Cloud", "ja": "青空クラウド"},
    "logo": "https://www.example.com/logo.png",
    "color": "#ffcc00",
}
_UNSEEN = re.compile(r'<!--.*?-->|<head>.*?</head>|<div style="display:none[^>]*>.*?</div>', re.S)


def seen(html: str) -> list[str]:
    """What stands in the mail, block by block; the bar is a picture of it."""
    text = re.sub(r"</(?:td|li|h1|h2|b|a)>|<br>", "\n", _UNSEEN.sub("", html))
    lines = (unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in text.split("\n"))
    return [line for line in lines if line and "▼" not in line]


def mailed(
    kind: Any, facts: dict[str, Any], locale: str = "en-US", role: str = "owner", **more: Any
) -> Any:
    return mail_text(kind, "notice", facts, "Hanako", role, locale, UNSUBSCRIBE, **more)


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
@pytest.mark.parametrize("name", MESSAGES)
def test_both_parts_say_the_same_in_the_same_order_and_nothing_twice(
    name: str, locale: str
) -> None:
    kind, facts = MESSAGES[name]
    mail = mailed(kind, facts | {"brand": BRAND}, locale)
    blocks = [
        block for block in seen(mail.html) if block != "What you can do" and block != "できること"
    ]
    assert len(blocks) == len(set(blocks))
    text = re.sub(r"\s+", " ", mail.text)
    places = [text.find(re.sub(r"\s+", " ", block)) for block in blocks]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
@pytest.mark.parametrize("name", MESSAGES)
def test_there_is_one_button(name: str, locale: str) -> None:
    kind, facts = MESSAGES[name]
    mail = mailed(kind, facts, locale)
    assert len(re.findall(r'<a [^>]*style="color:', mail.html)) == 1
    assert mail.html.count("color:#") == 1, (
        "the button's text alone has a colour of its own: dark mode chooses all others"
    )


def test_the_figure_as_it_is_comes_first_and_the_threshold_in_a_sentence() -> None:
    facts = told(GLOBAL, "starter", "api_calls", 8_500, threshold=80, name="Kitsune")
    blocks = seen(mailed("usage.threshold", facts).html)
    assert blocks[1:] == [
        "API calls: 85% used",
        "Account: Kitsune",
        "8,500/10,000 (85%)",
        "You have passed 80% of your limit of 10,000.",
        "You can keep working; usage above the limit is recorded.",
        "The next period starts on October 1, 2025 9:00 AM (JST), with usage back at zero.",
        "What you can do",
        "Use less until the next period starts",
        "Ask Kato (kato@example.com)",
        "See your usage",
        "You receive this mail because it is about the usage of Kitsune. "
        "You can change what you receive in the notification settings of the application.",
    ]


@pytest.mark.parametrize(
    ("used", "threshold", "title", "sentence"),
    [
        (8_000, 80, "API calls: 80% used", "You have reached 80% of your limit of 10,000."),
        (8_001, 80, "API calls: 80% used", "You have passed 80% of your limit of 10,000."),
        (9_999, 95, "API calls: 99% used", "You have passed 95% of your limit of 10,000."),
        (10_000, 100, "API calls: limit reached (100%)", ""),
        (10_300, 80, "API calls: over the limit (103%)", ""),
        (
            12_500,
            120,
            "API calls: over the limit (125%)",
            "You have passed 120% of your limit of 10,000.",
        ),
        (9_200, {"at": "9000"}, "API calls: 9,200 of 10,000 used", "You have passed 9,000."),
        (9_000, {"at": "9000"}, "API calls: 9,000 of 10,000 used", ""),
        (11_000, {"at": "9000"}, "API calls: over the limit (110%)", "You have passed 9,000."),
    ],
)
def test_no_threshold_stands_over_a_figure_that_contradicts_it(
    used: int, threshold: Any, title: str, sentence: str
) -> None:
    facts = told(GLOBAL, "starter", "api_calls", used, threshold=threshold)
    shown = inbox_text("usage.threshold", "notice", facts, "owner", "en")
    assert (shown.title, shown.parts.sentence) == (title, sentence)


def test_an_offer_that_says_the_threshold_leaves_the_notice_without_it() -> None:
    facts = told(
        CASE,
        "basic",
        "storage",
        9_200_000_000,
        threshold=90,
        proposal=offered(CASE, "basic", "storage"),
    )
    for role, says in (("owner", 0), ("member", 1)):
        shown = inbox_text("usage.threshold", "notice", facts, role, "en")
        assert shown.title == "Storage: 92% used"
        assert shown.body.count("You have passed 90%") == says


def test_the_brand_stands_at_the_head_and_on_the_button() -> None:
    mail = mailed("usage.threshold", aozora(9 * GB, 90) | {"brand": BRAND}, "ja-JP")
    assert '<img src="https://www.example.com/logo.png" alt="青空クラウド"' in mail.html
    assert mail.text.startswith("青空クラウド\n\n")
    assert "青空クラウドの通知の設定で変更できます" in mail.text
    assert 'bgcolor="#ffcc00"' in mail.html
    assert "color:#000000" in mail.html
    nameless = mailed(
        "usage.threshold", aozora(9 * GB, 90) | {"brand": BRAND | {"logo": None, "color": None}}
    )
    assert "<b>Aozora Cloud</b>" in nameless.html
    assert "<img" not in nameless.html
    assert 'bgcolor="#0b57d0"' in nameless.html


@pytest.mark.parametrize(
    "brand",
    [
        {"logo": 'http://a.example/"x', "color": "red;}"},
        {"logo": "javascript:1", "color": "#0B57D0\n"},
    ],
)
def test_nothing_that_a_catalogue_would_not_take_reaches_a_mail(brand: dict[str, str]) -> None:
    html = mailed("usage.threshold", aozora(9 * GB, 90) | {"brand": BRAND | brand}).html
    assert "<img" not in html
    assert 'bgcolor="#0b57d0"' in html


def test_a_mail_that_waited_says_of_when_its_figures_are() -> None:
    read = datetime(2025, 9, 15, 3, 30, tzinfo=UTC)
    facts = told(GLOBAL, "starter", "api_calls", 9_600, threshold=95)
    mail = mailed("usage.threshold", facts, as_of=read)
    assert "9,600/10,000 (96%)\nAs of September 15, 2025 12:30 PM (JST)\n" in mail.text
    assert "As of September 15, 2025 12:30 PM (JST)" in seen(mail.html)
    assert (
        "2025年9月15日 12:30 (JST)時点" in mailed("usage.threshold", facts, "ja", as_of=read).text
    )
    assert "As of" not in mailed("upgrade.proposal", sakura(), as_of=read).text, (
        "no figures, nothing to date"
    )


@pytest.mark.parametrize("name", MESSAGES)
def test_lines_of_the_text_are_no_longer_than_78_columns_where_words_allow_it(name: str) -> None:
    kind, facts = MESSAGES[name]
    for line in mailed(kind, facts | {"brand": BRAND}).text.split("\n"):
        assert len(line) <= COLUMNS or " " not in line


def test_what_a_list_of_mails_shows_beside_the_subject_is_not_the_greeting() -> None:
    html = mailed("usage.threshold", told(GLOBAL, "starter", "api_calls", 9_600, threshold=95)).html
    hidden = re.search(r'<div style="display:none[^>]*>(.*?)</div>', html)
    assert hidden is not None
    assert hidden[1].startswith(
        "You have passed 95% of your limit of 10,000. You can keep working;"
    )


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
@pytest.mark.parametrize("name", MESSAGES)
def test_no_name_begins_a_line_or_turns_what_stands_beside_it(name: str, locale: str) -> None:
    kind, plain = MESSAGES[name]
    evil = "a\u2028b\u202ec\u2066d"
    facts: Any = named(plain | {"brand": BRAND}, evil)
    mail = mail_text(kind, "notice", facts, evil, "owner", locale, UNSUBSCRIBE)
    item, task = inbox_text(kind, "notice", facts, "owner", locale), task_text(facts, locale)
    for text in (
        mail.subject,
        mail.text,
        mail.html,
        item.title,
        item.body,
        task.subject,
        task.body,
    ):
        assert not set(text) & set("\u2028\u2029\u202e\u2066")
    assert "a bcd" in mail.subject.lower()
