"""What CONTRIBUTING.md says about where things are is so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.pages import ROOT, blocks

PAGE = ROOT / "CONTRIBUTING.md"


def test_sql_is_where_the_page_says() -> None:
    (said,) = re.findall(
        r"^- SQL .*?(?=^- )", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    allowed = re.findall(r"`(services/[\w/*.]+)`", said)
    modules = [
        path.relative_to(ROOT)
        for path in (ROOT / "services").rglob("*.py")
        if _imports_text(path.read_text(encoding="utf-8"))
    ]
    assert len(modules) > 20
    assert [
        str(path)
        for path in modules
        if not any(path.match(f"{one}*.py" if one.endswith("/") else one) for one in allowed)
    ] == []
    assert [
        one
        for one in allowed
        if not any(path.match(f"{one}*.py" if one.endswith("/") else one) for path in modules)
    ] == []


def _imports_text(code: str) -> bool:
    return re.search(r"^from sqlalchemy import .*\btext\b", code, re.MULTILINE) is not None


def test_the_map_names_folders_that_are_there() -> None:
    (shown,) = [block.text for block in blocks(PAGE) if "services/ingest" in block.text]
    named = re.findall(r"^([a-z]\w*(?:/\w+)*)/? ", shown, re.MULTILINE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def test_no_function_has_more_than_forty_lines() -> None:
    folders = ("services", "shared", "plimsoll", "tests")
    modules = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert len(modules) > 500
    assert [long for path in modules for long in _long_functions(path)] == []


def _long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > 40:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines"
