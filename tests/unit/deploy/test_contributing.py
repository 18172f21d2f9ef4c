"""What CONTRIBUTING.md says about where things are is so."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.support.pages import ROOT, blocks, section

PAGE = ROOT / "CONTRIBUTING.md"


SQL_OF_SHARED = {
    "shared/audit/trail.py",
    "shared/clock/quiescence.py",
    "shared/clock/state.py",
    "shared/clock/test_faults.py",
    "shared/erasure/eraser.py",
    "shared/erasure/leftovers.py",
    "shared/erasure/requests.py",
    "shared/erasure/rewrites.py",
    "shared/loop/offsets.py",
    "shared/loop/outbox.py",
    "shared/loop/parked_rows.py",
    "shared/loop/rejected.py",
    "shared/migrations/env.py",
    "shared/migrations/run.py",
    "shared/postgres/changes.py",
    "shared/postgres/database.py",
    "shared/postgres/wake.py",
    "shared/operations/figures.py",
    "shared/operations/instances.py",
    "shared/pruning.py",
    "shared/runtime/service.py",
    "shared/security/api_keys.py",
}
"""What services share has no single place for SQL: these modules hold some, each of its own table.
Migrations aside.
"""


def test_sql_of_a_service_is_in_tables_or_store_and_only_there() -> None:
    assert "SQL of a service is in tables/ or store/, and only there" in PAGE.read_text(
        encoding="utf-8"
    )
    holding = [path for path in _modules("services") if _holds_sql(path)]
    assert len(holding) > 20
    assert [
        str(path.relative_to(ROOT))
        for path in holding
        if not {"tables", "store"} & set(path.parent.parts)
    ] == []


def test_the_shared_modules_that_hold_sql_are_listed() -> None:
    holding = {str(path.relative_to(ROOT)) for path in _modules("shared") if _holds_sql(path)}
    assert {path for path in holding if "/versions/" not in path} == SQL_OF_SHARED


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def _holds_sql(path: Path) -> bool:
    """Whether it builds statements with SQLAlchemy or gives a connection words to execute."""
    return any(_is_sql(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


_ONLY_TYPES = {"Row", "Connection", "URL", "make_url"}


def _is_sql(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="sqlalchemy", names=names):
            return any(name.name not in _ONLY_TYPES for name in names)
        case ast.Import(names=names):
            return any(name.name == "sqlalchemy" for name in names)
        case ast.Call(
            func=ast.Attribute(attr="execute" | "fetch" | "fetchrow" | "fetchval"),
            args=[ast.Constant(value=str()) | ast.JoinedStr(), *_],
        ):
            return True
    return False


def test_the_map_names_folders_that_are_there() -> None:
    (shown,) = [block.text for block in blocks(PAGE) if "services/ingest" in block.text]
    named = re.findall(r"^([a-z]\w*(?:/\w+)*)/? ", shown, re.MULTILINE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def test_no_function_has_more_than_forty_lines() -> None:
    modules = _modules("services", "shared", "plimsoll", "tests")
    assert len(modules) > 500
    assert [long for path in modules for long in _long_functions(path)] == []


def _long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > 40:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines"


def test_every_test_that_the_recipes_name_is_there() -> None:
    named = set(re.findall(r"(?<![\w/])tests/[\w/.]*\w", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_each_recipe_ends_with_what_to_run() -> None:
    recipes = re.split(r"^\*\*(?:A|An) ", section(PAGE, "Recipes"), flags=re.MULTILINE)[1:]
    assert len(recipes) == 8
    assert [recipe for recipe in recipes if "`.venv/bin/pytest " not in recipe] == []


def test_the_hooks_before_a_commit_are_those_of_make_check() -> None:
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", rules, re.MULTILINE)
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]
    told = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (own,) = told["repos"]
    assert own["repo"] == "local"
    assert [shlex.split(hook["entry"]) for hook in own["hooks"]] == [
        shlex.split(command) for command in commands
    ]
    assert {hook["language"] for hook in own["hooks"]} == {"system"}
