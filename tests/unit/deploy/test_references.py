"""No comment, docstring, page or file of the house names a page, path, heading, section or number
that is not in the repository.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.pages import ROOT, anchors, headings, pages

_SUFFIXES = frozenset(
    {".py", ".md", ".toml", ".yml", ".yaml", ".js", ".css", ".html", ".conf", ".sh", ".sql", ".tsv"}
)
_NAMES = frozenset({"Makefile", "Dockerfile", "install", "run", ".env.example"})
_TOP = (".ci", ".github", "deploy", "docs", "plimsoll", "scripts", "services", "shared", "tests")
_HERE = Path(__file__)

_PAGE = re.compile(r"(?<![\w:/.-])(?:\.\./)*((?:[\w-]+/)*[\w-]+\.md)\b(?:#([\w-]+))?")
_HEADING = re.compile(r"([\w-]+\.md), \"([^\"]+)\"")
_PATH = re.compile(
    r"(?<![\w/.-])((?:services|shared|plimsoll|tests|deploy|docs|scripts)/[\w./-]*\w)"
)
_EXAMPLES = {"tests/path/test_file.py"}
_DECISION = re.compile(r"\bdecisions?[/ ](\d{4})\b")
_REQUIREMENT = re.compile(r"\b(R-\d{3}|BP-\d{2})\b")
_NOWHERE = {
    "a section by its number": re.compile(
        r"\.md[`\"')\]]* ?,? ?(?:[Ss]ection )?\d|\b[Ss]ection \d|§"
    ),
    "an issue by its number": re.compile(r"\b[Ii]ssue #?\d"),
    "a source or its lines": re.compile(r"\bsource [A-D]\b|\blines \d+ (?:to|and) \d+"),
}
_NUMBER = re.compile(r"(?<![\w%/.+-])(?!R-\d{3}\b)[A-Z]-?\d{1,3}(?![\w/-]|[.:]\d)")
"""X24, B-12: numbers of a list that is not here."""
_QUOTED = re.compile(r'"""(.*?)"""', re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)(?:#|//) (.*)$", re.MULTILINE)
_RULES = re.compile(r"noqa: [A-Z0-9, ]+|type: ignore.*")
_ROW = re.compile(r"\bRow\(\s*f?\"([^\"]*)\"")
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@cache
def texts() -> dict[Path, str]:
    """Every file that people write, and what it holds; not this one, which has to name what there
    is not.
    """
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for top in _TOP:
        found += [path for path in (ROOT / top).rglob("*") if "node_modules" not in path.parts]
    kept = [path for path in found if path.suffix in _SUFFIXES or path.name in _NAMES]
    return {
        path: path.read_text(encoding="utf-8") for path in kept if path != _HERE and path.is_file()
    }


@cache
def remarks(path: Path, text: str) -> str:
    """What is said to a reader: comments, docstrings and names of cases of code, a page without
    what it quotes.
    """
    if path.suffix == ".md":
        return _CODE.sub("", text)
    said = [
        *_QUOTED.findall(text),
        *_COMMENT.findall(text),
        *(_ROW.findall(text) if "Row(" in text else ()),
    ]
    return _RULES.sub("", "\n".join(said))


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def naming_pages() -> list[tuple[Path, str]]:
    return [(path, text) for path, text in texts().items() if ".md" in text]


def test_every_page_and_anchor_that_is_named_exists() -> None:
    there = {place(page): page for page in (*pages(), *(ROOT / "tests").rglob("*.md"))}
    lost = []
    for path, text in naming_pages():
        for name, anchor in _PAGE.findall(text):
            fits = [
                page for known, page in there.items() if known == name or known.endswith(f"/{name}")
            ]
            if not fits or (anchor and not any(anchor in anchors(page) for page in fits)):
                lost.append((place(path), name, anchor))
    assert lost == []


def test_every_path_that_is_named_exists() -> None:
    """From the root; of a decision record its number is enough."""
    named = {(place(path), name) for path, text in texts().items() for name in _PATH.findall(text)}
    assert len(named) > 200
    assert {one for one in named if one[1] not in _EXAMPLES and not _leads(one[1])} == set()


def _leads(name: str) -> bool:
    return (ROOT / name).exists() or (
        name.startswith("docs/decisions/") and any(ROOT.glob(f"{name}-*"))
    )


def test_every_heading_that_is_quoted_exists() -> None:
    """As `docs/data.md, "Facts of a message"`: the heading begins with these words."""
    known = {page.name: headings(page) for page in pages()}
    named = [
        (place(path), *found) for path, text in naming_pages() for found in _HEADING.findall(text)
    ]
    assert len(named) > 3
    assert [
        one for one in named if not any(heading.startswith(one[2]) for heading in known[one[1]])
    ] == []


def test_every_requirement_that_is_named_is_one() -> None:
    known = {
        line.split("\t")[0]
        for line in (ROOT / "docs" / "requirements.tsv").read_text(encoding="utf-8").splitlines()
    }
    named = {
        (place(path), number)
        for path, text in texts().items()
        for number in _REQUIREMENT.findall(text)
    }
    assert len(named) > 100
    assert {one for one in named if one[1] not in known} == set()


def test_every_decision_record_that_is_named_exists() -> None:
    known = {page.name[:4] for page in (ROOT / "docs" / "decisions").glob("*.md")}
    named = {
        (place(path), number)
        for path, text in texts().items()
        for number in _DECISION.findall(text)
    }
    named |= {
        (place(page), number)
        for page in pages()
        for number in re.findall(r"[\[(](00\d\d)[\])]", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {one for one in named if one[1] not in known} == set()


@pytest.mark.parametrize("what", _NOWHERE)
def test_nothing_is_named_that_is_elsewhere(what: str) -> None:
    assert [
        (place(path), found)
        for path, text in texts().items()
        for found in _NOWHERE[what].findall(remarks(path, text))
    ] == []


def test_no_number_of_a_list_that_is_elsewhere() -> None:
    assert sorted(_numbers()) == []


def _numbers() -> Iterator[tuple[str, str]]:
    for path, text in texts().items():
        yield from ((place(path), number) for number in _NUMBER.findall(remarks(path, text)))


def test_what_is_looked_for_is_found() -> None:
    """The patterns see what they are for."""
    assert _PAGE.findall("as docs/absent.md#shapes says, and absent.md") == [
        ("docs/absent.md", "shapes"),
        ("absent.md", ""),
    ]
    assert _NUMBER.findall(
        "who asks (X24), K15; B-12. Not UTF-8, 2026-11-22T05:00, SOC2, R-071 or T20:00"
    ) == ["X24", "K15", "B-12"]
    for what, said in zip(
        _NOWHERE, ("requirements.md 4.1", "see issue 5", "source A, lines 17 and 18"), strict=True
    ):
        assert _NOWHERE[what].search(said)
    assert remarks(Path("x.py"), 'a = "X24"  # B12\n"""K1"""').split() == ["K1", "B12"]
