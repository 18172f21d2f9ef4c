"""Settings that the deployment files and the pages name exist, and docs/operators.md has all of
them with their defaults.
"""

from dataclasses import fields
from pathlib import Path

import pytest

from shared.runtime.settings import PREFIX, Settings, SettingsError, load_settings
from tests.support.pages import OPERATORS, ROOT, named, pages, rows, section

_NOT_VARIABLES = {"data_dir", "embedded"}
DEFAULTS = {
    PREFIX + item.name.upper(): item.default
    for item in fields(Settings)
    if item.name not in _NOT_VARIABLES
}


def deployment_files() -> list[Path]:
    files = [path for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    return [*files, ROOT / "docker-compose.yml", ROOT / ".env.example"]


def is_setting(name: str) -> bool:
    try:
        load_settings({name: ""})
    except SettingsError as error:
        return "is not a setting" not in str(error)
    return True


def test_every_name_of_a_setting_is_one() -> None:
    found = named(r"\bPLIMSOLL_[A-Z]+(?:_[A-Z]+)*", [*deployment_files(), *pages()])
    assert len(found) > 10
    assert {name: files for name, files in found.items() if not is_setting(name)} == {}


def test_the_operators_page_has_every_setting_once() -> None:
    assert sorted(name for name, *_ in _documented()) == sorted(DEFAULTS)
    assert all(is_setting(name) for name in DEFAULTS)


@pytest.mark.parametrize(
    ("name", "default"), [(name, value) for name, value in DEFAULTS.items() if value is not None]
)
def test_the_operators_page_tells_the_default(name: str, default: object) -> None:
    (told,) = [cells[-1] for found, *cells in _documented() if found == name]
    assert told.startswith(
        "off" if default is False else f"`{default}`" if default != "" else "none"
    )


def test_the_operators_page_marks_what_may_be_given_as_a_file() -> None:
    secrets = {name for name in DEFAULTS if is_setting(f"{name}_FILE")}
    marked = {name for name, meaning, _ in _documented() if "secret" in meaning.split("; ")}
    assert secrets == marked


def _documented() -> list[list[str]]:
    """[name, meaning, default] of each row."""
    return [[cells[0].strip("`"), *cells[1:]] for cells in rows(section(OPERATORS, "Settings"))]
