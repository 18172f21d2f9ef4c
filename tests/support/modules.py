"""The modules of services and of what they share, as source."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.support.pages import ROOT

_SAYS_PURE = re.compile(r"\bPure(?: values)?[.:;,]")


@cache
def trees(*folders: str) -> Mapping[Path, ast.Module]:
    """By path below the repository."""
    return {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def dotted(path: Path) -> str:
    """The module's name."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def says_pure(tree: ast.Module) -> bool:
    return _SAYS_PURE.search(ast.get_docstring(tree) or "") is not None


@cache
def pure_rooms() -> frozenset[str]:
    """What the import contract "what decides does no I/O" holds: modules and whole packages."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"] == "what decides does no I/O"]
    return frozenset(contract["source_modules"])


def is_held_pure(module: str) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:end]) in pure_rooms() for end in range(1, len(parts) + 1))


_LOGIC = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.While,
    ast.Match,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def has_logic(tree: ast.Module) -> bool:
    """Whether a public function or method chooses or repeats."""
    return any(
        isinstance(node, _LOGIC)
        for function in _public_functions(tree.body)
        for node in ast.walk(function)
    )


def _public_functions(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not node.name.startswith("_"):
                yield node
        elif isinstance(node, ast.ClassDef):
            yield from _public_functions(node.body)


def mirror(path: Path) -> Path:
    """Where the unit test of a module is: in the room of the same name."""
    room = path.parts[1:-1] if path.parts[0] == "services" else path.parts[:-1]
    return Path("tests", "unit", *room, f"test_{path.name}")
