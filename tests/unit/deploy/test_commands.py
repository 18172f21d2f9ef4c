"""Commands and options that the pages show are those of `plimsoll --help`, and docs/operators.md
has all of them.
"""

import re
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from plimsoll.cli import COMMANDS, main
from tests.support.pages import OPERATORS, blocks, pages, rows, section, spans

ACTIONS = {"key": ("create", "list", "revoke"), "catalog": ("check", "apply"), "person": ("link",)}


@cache
def options(*words: str) -> frozenset[str]:
    """Of `plimsoll WORDS…`, as its help names them."""
    out = StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0, words
    return frozenset(re.findall(r"(?<![\w-])--[a-z-]+", out.getvalue())) - {"--help"}


def command_of(words: list[str]) -> tuple[str, ...]:
    """`key create` of `key create --name shop`."""
    action = words[1:2] if len(words) > 1 and words[1] in ACTIONS.get(words[0], ()) else []
    return (words[0], *action)


def test_the_operators_page_has_every_command_with_its_options() -> None:
    told = {}
    for first, *_ in rows(section(OPERATORS, "Commands")):
        for line in re.findall(r"`plimsoll ([^`]+)`", first):
            told[command_of(line.split())] = set(re.findall(r"--[a-z-]+", line))
    every = [(name, action) for name in COMMANDS for action in ACTIONS.get(name, ("",))]
    assert told == {
        (name, *filter(None, [action])): set(options(*filter(None, [name, action])))
        for name, action in every
    }


def test_every_command_line_of_the_pages_is_understood() -> None:
    lines = [line for page in pages() for line in _command_lines(page)]
    assert len(lines) > 20
    for line in lines:
        words = line.split()
        assert words[0] in COMMANDS, line
        if words[0] in ACTIONS and len(words) == 1:
            continue  # the command as a name
        assert words[0] not in ACTIONS or words[1] in (*ACTIONS[words[0]], "create|list|revoke"), (
            line
        )
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", line)) <= options(*command_of(words)), line


def _command_lines(page: Path) -> list[str]:
    shown = [
        *spans(page),
        *(
            line
            for block in blocks(page)
            if block.language in ("", "sh", "console")
            for line in block.text.splitlines()
        ),
    ]
    found = [re.match(r"(?:\.venv/bin/)?plimsoll ([a-z][^#&|<]*)", text.strip()) for text in shown]
    return [match[1] for match in found if match]
