"""The wheel holds everything that the code reads beside itself."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

from tests.support.pages import ROOT

_PACKAGES = ("plimsoll", "services", "shared")
_OF_TOOLS = {"__pycache__"}


def test_every_file_beside_the_code_is_package_data() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    beside = [
        path
        for name in _PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not _OF_TOOLS & set(path.parts)
    ]
    data = [path for path in beside if path.suffix != ".py"]
    assert {path.suffix for path in data} >= {
        ".lock",
        ".js",
        ".html",
        ".css",
        ".yaml",
        ".j2",
        ".mako",
    }
    assert [
        str(path.relative_to(ROOT))
        for path in data
        if not any(fnmatch(path.name, pattern) for pattern in patterns)
    ] == []


def test_every_directory_with_code_is_a_package_that_is_found() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    include = project["tool"]["setuptools"]["packages"]["find"]["include"]
    holding = {path.parent for name in _PACKAGES for path in (ROOT / name).rglob("*.py")}
    names = [".".join(Path(path).relative_to(ROOT).parts) for path in holding]
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in include)] == []
