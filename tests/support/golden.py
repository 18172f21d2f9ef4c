"""Texts as readable files: a test compares them, and rewrites them with UPDATE_GOLDEN=1."""

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"


def matches(name: str, text: str) -> None:
    """Fails if the file does not contain exactly this text; a missing file is a failure too."""
    assert text == read(name, text)


def read(name: str, text: str) -> str:
    """The file's text. `text`: what is written to it if it is to be rewritten."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing: UPDATE_GOLDEN=1 writes it"
    return path.read_text(encoding="utf-8")
