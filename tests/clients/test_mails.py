"""Every kind of mail, checked against a database of mail programs.

Gmail, Outlook, Apple Mail and Yahoo drop nothing that matters.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.clients.installed import node_modules
from tests.support.texts import mail_text
from tests.unit.shared.wording.test_golden import MESSAGES
from tests.unit.shared.wording.test_mail import BRAND
from tests.unit.shared.wording.test_proposal import UNSUBSCRIBE

HERE = Path(__file__).parent / "mail"
PROGRAMS = ["gmail.*", "outlook.*", "apple-mail.*", "yahoo.*"]
HARMLESS = {
    # It becomes a div there, which is harmless: font and padding are on the outer table.
    "<body> element": {
        "outlook.android",
        "outlook.ios",
        "outlook.macos",
        "yahoo.android",
        "yahoo.ios",
    },
    # Windows Mail is discontinued; a screen reader there announces the tables.
    "role attribute": {"outlook.windows-mail"},
    # Gmail in a phone's browser: the preview line of lists is one pixel high there.
    "display:none": {"gmail.mobile-webmail"},
    # Only a name of dozens of letters without a space needs it: there such a mail is as wide as the
    # name.
    "word-break": {"outlook.windows-mail", "yahoo.android", "yahoo.desktop-webmail", "yahoo.ios"},
}


@pytest.fixture(scope="module")
def complaints() -> dict[str, list[str]]:
    modules = node_modules(HERE)
    mails = {
        f"{name} {locale}": mail_text(
            kind,
            "notice",
            facts | {"brand": BRAND},
            "Hanako",
            "owner",
            locale,
            UNSUBSCRIBE,
        ).html
        for name, (kind, facts) in MESSAGES.items()
        for locale in ("ja-JP", "en-US")
    } | {
        "what would be dropped": (
            '<!doctype html><html lang="en"><p style="position:fixed">Hello</p></html>'
        )
    }
    command = ["node", str(HERE / "support.mjs"), str(modules), *PROGRAMS]
    done = subprocess.run(
        command, input=json.dumps(mails), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_no_program_drops_anything_that_matters(complaints: dict[str, list[str]]) -> None:
    assert any("position" in complaint for complaint in complaints.pop("what would be dropped"))
    dropped: dict[str, set[str]] = {}
    for complaint in {one for found in complaints.values() for one in found}:
        feature, program = re.findall(r"`([^`]+)`", complaint)
        dropped.setdefault(feature, set()).add(program)
    assert dropped == HARMLESS
