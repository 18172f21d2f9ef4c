"""The modules of services and of what they share, as source."""

import ast
import re
import tomllib
from collections.abc import Mapping
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
