"""What docs/product-developers.md says of `<plimsoll-alerts>` is in the script, and the other way
round.
"""

import re

from tests.support.pages import DEVELOPERS, ROOT, rows, section

SCRIPT = (ROOT / "services" / "notifier" / "widget" / "plimsoll-alerts.js").read_text()
TOLD = {cells[0]: cells[1] for cells in rows(section(DEVELOPERS, "The alert in your product"))}


def test_every_attribute_is_told() -> None:
    read = set(re.findall(r"getAttribute\('([\w-]+)'\)|:host\(\[([\w-]+)[=\]]", SCRIPT))
    attributes = {first or second for first, second in read} - {"data-id", "hidden"}
    told = {name.strip("`") for name in TOLD if re.fullmatch(r"`[a-z-]+`", name)} | {
        "token"
    }  # the row of token-url has it
    assert "`token`" in TOLD["`token-url`"]
    assert told == attributes


def test_every_variable_is_told() -> None:
    told = re.findall(r"`(?:--plimsoll)?(-[a-z-]+)`", TOLD["CSS variables"])
    assert sorted(told) == sorted(
        {name.removeprefix("--plimsoll") for name in re.findall(r"--plimsoll-[a-z-]+", SCRIPT)}
    )


def test_every_part_is_told() -> None:
    made = re.findall(r"part: ['`]([a-z]+)", SCRIPT) + re.findall(
        r"link\('[\w ]+', '(\w+)'", SCRIPT
    )
    assert sorted(re.findall(r"`(\w+)`", TOLD["`::part()`"])) == sorted(set(made))
