"""Generates docs/requirements.md from the tests: a requirement is built if and only if a test is
named after it.

`python -m tests.support.requirements_page` writes the page; a unit test checks that it is up to
date.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import compile as pattern

ROOT = Path(__file__).parents[2]
LIST, PAGE = ROOT / "docs" / "requirements.tsv", ROOT / "docs" / "requirements.md"
_NAMED = pattern(r"test_(r|bp)_(\d{2,3})(?:_|$)")
_GROUPS = {
    "CAT": "Plan catalogue and packaging",
    "MTR": "Metering, limits, crossings",
    "ALR": "Usage-limit alerts",
    "TIM": "Timings",
    "LOY": "Loyalty",
    "HLT": "Health",
    "SUP": "Bad timings, and what to do instead",
    "QUA": "Qualification",
    "REC": "What to recommend",
    "VAL": "Value, comparison, ROI",
    "PLY": "Conversation and scenarios",
    "OBJ": "Objections",
    "BIL": "Mid-cycle change",
    "OWN": "CS and Sales",
    "CRM": "Fields and history",
    "MET": "Metrics",
    "XDS": "Cross-sell and down-sell",
    "E2E": "The engine as a whole",
    "BP": "Best practice",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    id: str
    group: str
    title: str


def requirements() -> list[Requirement]:
    return [
        Requirement(*line.split("\t")) for line in LIST.read_text(encoding="utf-8").splitlines()
    ]


@cache
def tests_by_requirement() -> dict[str, list[tuple[Path, str]]]:
    """`R-070` to the files and names of its tests."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _named(path):
            if match := _NAMED.match(name):
                key = f"{match[1].upper()}-{match[2]}"
                found.setdefault(key, []).append((path.relative_to(ROOT), name))
    return found


def asserts(path: Path, name: str) -> bool:
    """Whether a test can fail by itself: it has an `assert` or expects an error, and is not
    skipped.
    """
    return _named(ROOT / path)[name]


@cache
def _named(path: Path) -> dict[str, bool]:
    """The file's tests of requirements, and whether each can fail. Reading all files takes
    seconds.
    """
    text = path.read_text(encoding="utf-8")
    if not any(begin in text for begin in ("def test_r_", "def test_bp_")):
        return {}
    return {
        node.name: _can_fail(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _NAMED.match(node.name)
    }


def _can_fail(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    marks = {ast.unparse(one) for one in test.decorator_list}
    skipped = any("skip" in mark or "xfail" in mark for mark in marks)
    return not skipped and (
        any(isinstance(one, ast.Assert) for one in ast.walk(test))
        or any("pytest.raises" in ast.unparse(one) for one in test.body)
    )


def page(known: Iterable[Requirement], tests: Mapping[str, list[tuple[Path, str]]]) -> str:
    listed = list(known)
    built = sum(1 for one in listed if one.id in tests)
    lines = [
        "# Requirements",
        "",
        (
            "Generated from the tests by `python -m tests.support.requirements_page`: "
            "a requirement is built where a test is named after it."
        ),
        "",
        f"{built} of {len(listed)} are built.",
    ]
    for group, heading in _GROUPS.items():
        lines += [
            "",
            f"## {group}: {heading}",
            "",
            "| number | requirement | state | tests |",
            "|---|---|---|---|",
        ]
        lines += [_row(one, tests.get(one.id, [])) for one in listed if one.group == group]
    return "\n".join(lines) + "\n"


def _row(one: Requirement, tests: list[tuple[Path, str]]) -> str:
    links = "<br>".join(f"[{name}](../{path.as_posix()})" for path, name in tests)
    return (
        f"| {one.id} | {one.title.replace('|', '/')} "
        f"| {'built' if tests else 'not yet'} | {links} |"
    )


if __name__ == "__main__":
    PAGE.write_text(page(requirements(), tests_by_requirement()), encoding="utf-8")
