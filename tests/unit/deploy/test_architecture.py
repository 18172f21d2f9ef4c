"""docs/modules.md names functions, classes and modules that exist; docs/architecture.md says where
to find what a newcomer asks for.
"""

import re
from pathlib import Path

from tests.support.pages import ARCHITECTURE, MODULES, ROOT, blocks, rows, section, spans

_PACKAGES = ("plimsoll", "services", "shared")
_OTHERS = {"Depends", "dataclass"}  # of FastAPI and of Python


def modules() -> list[Path]:
    return [path for name in _PACKAGES for path in (ROOT / name).rglob("*.py")]


def code() -> list[str]:
    return [
        re.sub(r"#.*", "", block.text) for block in blocks(MODULES) if block.language == "python"
    ]


def test_what_is_called_or_made_is_defined() -> None:
    defined = set(
        re.findall(
            r"(?:def|class) (\w+)",
            "\n".join(path.read_text(encoding="utf-8") for path in modules()),
        )
    )
    told = {
        name
        for text in [*code(), *spans(MODULES), *spans(ARCHITECTURE)]
        for name in re.findall(r"(?<![\w.])(?:\w+\.)*(\w+)\(", text)
    }
    told |= {name for text in code() for name in re.findall(r"\bclass (\w+)", text)}
    assert len(told) > 50
    assert told - defined - _OTHERS - {"class"} == set()


def test_a_function_is_in_the_module_that_is_named_before_it() -> None:
    places = {path.stem: path for path in modules()}
    named = {pair for text in code() for pair in re.findall(r"\b([a-z_]+)\.([a-z_]+)\(", text)}
    lost = [pair for pair in named if pair[0] in places and not _defines(pair[0], pair[1])]
    assert lost == []


def _defines(module: str, name: str) -> bool:
    return any(
        re.search(rf"\bdef {name}\b", path.read_text(encoding="utf-8"))
        for path in modules()
        if path.stem == module
    )


def test_a_newcomer_finds_every_part() -> None:
    """Each package of the three services' house is somewhere in the table."""
    places = " ".join(place for _, place in rows(section(ARCHITECTURE, "Where do I find what?")))
    for part in (
        "services/ingest/", "services/trigger/judgement/", "services/notifier/channels/",
        "services/notifier/widget/", "shared/wording/", "shared/catalog/", "shared/embedded/",
        "shared/migrations/", "shared/web/", "plimsoll/commands/", "plimsoll/demo/",
    ):  # fmt: skip
        assert part in places


def test_our_words_are_the_codes() -> None:
    """A word that the code has given up leaves the glossary."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in modules()).lower()
    words = [
        word for cells, _ in rows(section(ARCHITECTURE, "Our words")) for word in cells.split(", ")
    ]
    assert len(words) > 40
    assert [
        word for word in words if not any(word.replace("-", other) in code for other in "-_ ")
    ] == []
