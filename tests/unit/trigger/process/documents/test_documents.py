"""The five documents together: their order, their language, whatever the data hold."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from services.trigger.process.documents.documents import NAMES
from shared.values.characters import one_line
from tests.unit.trigger.process.cases import deal, having
from tests.unit.trigger.process.documents.papers import (
    CASE,
    approved,
    known,
    maruta,
    page,
    paper,
    seen,
    valued,
)

TITLES = {
    "executive_summary": ("Executive summary", "エグゼクティブサマリー"),
    "roi_analysis": ("ROI analysis", "ROI分析"),
    "plan_comparison": ("Plan comparison", "プラン比較"),
    "security_docs": ("Security", "セキュリティ資料"),
    "case_study": ("Case studies", "導入事例"),
}
HOSTILE = (
    "<script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    "\u202egnp.evil \u05d0\u05d1\u05d2",
    '=HYPERLINK("https://evil.example","x"),@SUM(1)',
    "{{ 7*7 }}{% for x in y %}",
    "W" * 10_000,
    "株" * 10_000,
    "line\r\nline\u2028line",
)


class _Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def shape(text: str) -> list[str]:
    return [tag for tag, _ in _Page(text).tags]


def test_r_156_there_are_five_documents_in_this_order() -> None:
    assert tuple(TITLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("lang", "place"), [("en-GB", 0), ("ja", 1), ("fr", 0)])
def test_each_is_in_the_language_that_was_asked_for(name: str, lang: str, place: int) -> None:
    of = seen(lang=lang)
    text = page(name, maruta(of), of)
    assert f'<html lang="{("en", "ja")[place]}">' in text
    assert f"<h1>{TITLES[name][place]}</h1>" in text
    assert f"<title>{TITLES[name][place]} – Maruta</title>" in text


def test_without_a_language_it_is_the_accounts() -> None:
    of = seen(known(locale="ja-JP"))
    assert paper("roi_analysis", maruta(of), of).title == "ROI分析"


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_one_file_that_loads_nothing(name: str) -> None:
    of = seen(replace(known(), catalog=replace(known().catalog, materials={"security": (CASE,)})))
    text = page(name, maruta(of), of)
    loading = {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "base"}
    for tag, attributes in _Page(text).tags:
        assert tag not in loading
        assert not {"src", "srcset", "background", "style"} & attributes.keys()
        assert all(not name.startswith("on") for name in attributes)
    assert "url(" not in text
    assert "@import" not in text
    assert "@page { size: A4" in text


@pytest.mark.parametrize("name", NAMES)
def test_headings_and_tables_say_what_they_are(name: str) -> None:
    of = seen()
    tags = _Page(page(name, maruta(of), of)).tags
    headings = [tag for tag, _ in tags if tag in ("h1", "h2", "h3")]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert "h3" not in headings
    names = [tag for tag, _ in tags]
    assert names.count("thead") == names.count("table")
    assert all(attributes.get("scope") for tag, attributes in tags if tag == "th")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_the_data_hold_is_text_in_its_place(name: str, hostile: str) -> None:
    """The same tags as with a plain name, in a bounded page."""
    plain, wild = (_told(name, text) for text in ("plain", hostile))
    assert shape(wild) == shape(plain)
    assert "\u202e" not in wild
    assert len(wild) < 60_000


def _told(name: str, text: str) -> str:
    by = one_line(text)[:200]
    told = known(name=text).told("need.stated", feature="webhooks", text=text, said_by=by)
    own = told.facts.account
    contact = replace(own.contacts[0], name=text)
    of = seen(told.having(account=replace(own, contacts=(contact,))))
    brand = replace(CASE.title, en=text, ja=text)
    material = replace(CASE, title=brand, text=brand)
    kinds = ("case_study", "reference", "security")
    catalog = replace(of.catalog, materials=dict.fromkeys(kinds, (material,)))
    of = replace(of, question=replace(of.question, catalog=catalog))
    state = approved(valued(deal("negotiation"), of), of, approvers=[{"name": by, "title": by}])
    state = replace(state, next_step={"type": "trial", "owner": text, "due": "2025-09-30"})
    return page(name, state, of)


@pytest.mark.parametrize("name", NAMES)
def test_a_deal_of_which_nothing_is_known_has_its_documents_too(name: str) -> None:
    of = seen()
    gone = replace(of.question, facts=replace(of.question.facts, subscription=None))
    assert page(name, deal(), replace(of, question=gone))
    assert page(name, having(deal(), "note", text="x"), of)
