"""README.md's five minutes, word for word: its shell block, its producer, its page."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.test_up import Up, up
from tests.support.command import environment_with
from tests.support.pages import README, blocks

pytestmark = pytest.mark.faults
_KEY = "plimsoll-data/admin-key"


@pytest.fixture
def folder(data_dir: Path) -> Path:
    """Stands in for the reader's checkout: its `.venv/bin` has the commands of these tests."""
    binaries = data_dir / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "plimsoll").write_text(f'#!/bin/sh\nexec {sys.executable} -m plimsoll "$@"\n')
    (binaries / "plimsoll").chmod(0o755)
    return data_dir


@pytest.fixture
def started(folder: Path) -> Iterator[Up]:
    with up(folder / "plimsoll-data") as run:
        run.url()
        yield run


def shell(text: str, folder: Path) -> str:
    done = subprocess.run(
        ["sh", "-eu"],
        input=text,
        cwd=folder,
        env=environment_with({"no_proxy": "*"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def test_the_five_minutes(started: Up, folder: Path) -> None:
    (commands,) = [block.text for block in blocks(README) if block.language == "sh"]
    said = shell(commands.replace("localhost:8000", started.url().removeprefix("http://")), folder)
    assert re.search(r'"used":9,"limit":10,.*"percent":90,', said)
    assert "usage.threshold -> " in said
    passed = re.findall(r"^(duplicate|crossing|notice|frequency_cap): pass", said, re.MULTILINE)
    assert passed == ["duplicate", "crossing", "notice", "frequency_cap"]
    assert alerts(started, folder) == {80: ("superseded", False), 90: ("open", True)}

    (producer,) = [block.text for block in blocks(README) if block.language == "python"]
    (folder / "send.py").write_text(producer)
    kafka = started.line(r"^kafka (\S+)$")
    subprocess.run(
        [sys.executable, "send.py", kafka], cwd=folder, env=dict(os.environ), timeout=60, check=True
    )
    end = time.monotonic() + 20
    while 100 not in alerts(started, folder) and time.monotonic() < end:
        time.sleep(0.1)
    assert alerts(started, folder)[100] == ("open", True)
    assert_page_works(started, folder)


def alerts(started: Up, folder: Path) -> dict[int, tuple[str, bool]]:
    """Threshold to (state, whether it produced a message)."""
    listed = ask(started, "/v1/alerts?account=acme", (folder / _KEY).read_text().strip())["data"]
    return {alert["threshold"]: (alert["state"], alert["notified"]) for alert in listed}


def assert_page_works(started: Up, folder: Path) -> None:
    page = (folder / "alerts.html").read_text()
    (token,) = re.findall(r'<plimsoll-alerts token="([^"]+)">', page)
    (script,) = re.findall(r'src="([^"]+)"', page)
    assert httpx.get(script, trust_env=False).status_code == 200
    (item,) = ask(started, "/v1/inbox/active", token)["data"]
    assert (item["meter"], item["threshold"], item["severity"]) == ("api_calls", 100, "critical")


def ask(started: Up, path: str, key: str) -> dict[str, Any]:
    answer = httpx.get(
        f"{started.url()}{path}", headers={"Authorization": f"Bearer {key}"}, trust_env=False
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
