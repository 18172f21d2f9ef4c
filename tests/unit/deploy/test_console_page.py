"""docs/console.md shows every picture that its script takes, and they are small."""

import re

from tests.support.console_pictures import FOLDER, files
from tests.support.pages import ROOT

MOST_BYTES = 120_000


def test_the_page_shows_the_pictures_that_are_taken() -> None:
    text = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(console/([a-z-]+)\.png\)", text)) == set(files())
    assert {file.stem for file in FOLDER.glob("*.png")} == set(files())


def test_the_pictures_are_small() -> None:
    large = {file.name: file.stat().st_size for file in FOLDER.glob("*.png")}
    assert {name: size for name, size in large.items() if size > MOST_BYTES} == {}
