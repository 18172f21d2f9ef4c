"""Every link, file name and anchor of the pages leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.support.pages import ROOT, anchors, links, pages, prose, spans

_BASES = (
    "",
    "docs",
    "shared",
    "services/trigger",
    "services/trigger/judgement",
    "shared/wording",
    "tests",
    "deploy",
    "deploy/helm/plimsoll",
)
"""Where the pages' short names may start; a section of docs/modules.md leaves out the package that
it is about.
"""
_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|md|tsv|yaml|yml|json|lock|conf|toml|png|js))")
_MADE = {"bench/latest.json", "bench/proof.json"}  # by the commands, not in the repository
_OF_A_CUSTOMER = {"alerts.html", "new.yaml", "send.py"}  # what the reader makes


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    local = [link for link in links(page) if not re.match(r"https?://|mailto:", link)]
    lost = [link for link in local if not _leads(page, link)]
    assert lost == []


def _leads(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    names = {name for name in spans(page) if _FILE.fullmatch(name)} - _MADE - _OF_A_CUSTOMER
    absent = [name for name in names if not any((ROOT / base / name).exists() for base in _BASES)]
    assert absent == []


def test_every_decision_record_can_be_found_from_the_pages() -> None:
    records = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")}
    assert records
    assert "docs/decisions/" in links(ROOT / "README.md")
    assert [
        page.name
        for page in pages()
        if page.parent.name == "decisions" and not prose(page).startswith("# ")
    ] == []
