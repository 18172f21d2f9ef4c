"""One guess is enough: the page, its view, its template and its words have the same name; and a
template holds no words, styles or scripts of its own.
"""

import re
from pathlib import Path

import pytest

from services.console import words
from tests.support.pages import ROOT

CONSOLE = ROOT / "services" / "console"
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
EVERY = [*TEMPLATES, *sorted((CONSOLE / "templates" / "parts").glob("*.html"))]
SCRIPTS = sorted((CONSOLE / "static").glob("*.js"))
WITHOUT_VIEW = {"_layout", "failure"}
MOST_OF_A_SCRIPT, MOST_OF_ALL = 120, 800
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>|\s[a-z-]+=\"[^\"]*\"", re.DOTALL)
_READ_ALOUD = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"')


def _names(folder: Path, ending: str) -> set[str]:
    return {path.stem for path in folder.glob(f"*{ending}") if not path.name.startswith("__")}


def test_a_page_has_one_name_everywhere() -> None:
    templates = {path.stem for path in TEMPLATES} - WITHOUT_VIEW
    assert len(templates) > 1
    assert templates <= _names(CONSOLE / "pages", ".py")
    assert templates <= _names(CONSOLE / "views", ".py")
    assert templates <= words.pages()


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_template_has_no_words_styles_or_scripts_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape", text)
    html = _JINJA.sub("", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", html)
    assert not re.search(r"<script(?! type=\"module\" src=)", html)
    assert [one for one in _READ_ALOUD.findall(html) if re.search(r"[^\W\d_]", one)] == []
    assert re.findall(r"[^\W\d_]+", _TAG.sub("", html.replace("<!doctype html>", ""))) == []


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_table_becomes_a_list_on_a_phone_or_slides(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tables = re.findall(r"(?:<div class=\"scroll\"[^>]*>)?<table[^>]*>", text)
    assert [one for one in tables if "scroll" not in one and 'class="wide' not in one] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_OF_A_SCRIPT


def test_all_scripts_together_are_short() -> None:
    assert sum(len(path.read_text().splitlines()) for path in SCRIPTS) < MOST_OF_ALL


@pytest.mark.parametrize("page", sorted(words.pages()))
def test_words_are_in_both_languages_and_need_the_same_variables(page: str) -> None:
    for name, sentence in words.of_page(page).items():
        assert sentence.ja, name
        assert sentence.en, name
        assert set(_names_in(sentence.ja)) == set(_names_in(sentence.en)), name


def _names_in(text: str) -> list[str]:
    return re.findall(r"(?<!\{)\{(\w+)", text)
