"""`plimsoll up` with its embedded servers, as an operator uses it: output, exit codes, a second
start, a crash, other commands alongside; and README.md's five minutes: its shell block, with a
longer pause and otherwise word for word, its producer, its page.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command import Outcome, environment_with, plimsoll
from tests.support.pages import README, blocks
from tests.support.servers import passable_directory
from tests.support.trust import TRUST

pytestmark = pytest.mark.faults
_START_SECONDS = 120


class Up:
    """One run of `plimsoll up`, with its output in a file."""

    def __init__(self, data: Path, *more: str) -> None:
        self.output = data.with_name(f"{data.name}-{time.monotonic_ns()}.out")
        argv = [sys.executable, "-m", "plimsoll", "up", "--port", "0", "--data", str(data), *more]
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                argv,
                env=environment_with({}),
                cwd=data.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def line(self, pattern: str) -> str:
        """The first group of `pattern` in the output, as soon as it is there."""
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(pattern, self.said(), re.MULTILINE):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in:\n{self.said()[-4000:]}")

    def url(self) -> str:
        return self.line(r"^ready (http://127\.0\.0\.1:\d+)$")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and how long stopping took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(30), time.monotonic() - begun


@contextmanager
def up(data: Path, *more: str) -> Iterator[Up]:
    run = Up(data, *more)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(30)


@pytest.fixture
def data(data_dir: Path) -> Path:
    return data_dir / "data"


def ask(url: str, path: str, data: Path) -> httpx.Response:
    key = (data / "admin-key").read_text().strip()
    return httpx.get(
        f"{url}{path}", headers={"Authorization": f"Bearer {key}"}, trust_env=False, verify=TRUST
    )


def beside(data: Path, *arguments: str) -> Outcome:
    """Another command on the same data, with an empty environment."""
    return plimsoll(*arguments, "--data", str(data), environment={}, cwd=data.parent)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run printed, and the answers to requests that were made meanwhile."""

    addresses: list[str]
    url: str
    answers: list[httpx.Response]
    code: int
    seconds: float

    @property
    def once(self) -> str:
        """The secret that logs in once."""
        return self.addresses[2].partition("once=")[2]


@dataclass(frozen=True, slots=True)
class One:
    """A running instance and its data, for tests that only add to it; and its two former runs,
    the first ended, the second killed. `key`: created in the second.
    """

    run: Up
    data: Path
    first: Seen
    second: Seen
    key: str

    @property
    def admin_key(self) -> str:
        return (self.data / "admin-key").read_text().strip()


def _enter(url: str, once: str) -> httpx.Response:
    return httpx.post(
        f"{url}/console/login",
        data={"once": once},
        headers={"Origin": url},
        trust_env=False,
        verify=TRUST,
    )


def _addresses(run: Up) -> list[str]:
    return re.findall("^(?:kafka|postgres|console|ready) .+$", run.said(), re.MULTILINE)


def _first(data: Path) -> Seen:
    with up(data) as run:
        url = run.url()
        entered = _enter(url, run.line(r"^console (\S+)$").partition("once=")[2])
        answers = [entered, ask(url, "/readyz", data), ask(url, "/v1/alerts", data)]
        return Seen(_addresses(run), url, answers, *run.end())


def _second(data: Path, used: str) -> tuple[Seen, str]:
    """`used`: a secret that has logged in once."""
    with up(data) as run:
        url = run.url()
        answers = [_enter(url, used)]
        made = beside(data, "key", "create", "--name", "kept", "--scope", "read")
        assert made.code == 0, made.err
        return Seen(_addresses(run), url, answers, *run.end(signal.SIGKILL)), made.out.strip()


@pytest.fixture(scope="module")
def one() -> Iterator[One]:
    """In the reader's checkout: its `.venv/bin` has the commands of these tests."""
    with passable_directory() as folder:
        binaries = folder / ".venv" / "bin"
        binaries.mkdir(parents=True)
        (binaries / "plimsoll").write_text(f'#!/bin/sh\nexec {sys.executable} -m plimsoll "$@"\n')
        (binaries / "plimsoll").chmod(0o755)
        data = folder / "plimsoll-data"
        first = _first(data)
        second, key = _second(data, first.once)
        with up(data) as run:
            run.url()
            yield One(run, data, first, second, key)
            code, _ = run.end(signal.SIGINT)
        assert code == 0, run.said()[-2000:]


def test_addresses_then_ready_then_a_clean_end_and_a_kill_hinders_no_next_start(one: One) -> None:
    first, second = one.first, one.second
    assert [line.split()[0] for line in first.addresses] == [
        "kafka",
        "postgres",
        "console",
        "ready",
    ]
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+", line.split()[1]) for line in first.addresses[:2])
    assert first.addresses[2].startswith(f"console {first.url}/console/login?once=")
    entered, readiness, alerts = first.answers
    assert (entered.status_code, entered.headers["location"]) == (303, "/console")
    assert readiness.json()["ready"] is True
    assert alerts.json() == {"data": [], "next_cursor": None}
    assert (first.code, first.seconds < 10) == (0, True)

    assert second.addresses[0] == first.addresses[0]
    assert second.once != first.once
    assert second.answers[0].status_code == 400

    kept = httpx.get(
        f"{one.run.url()}/v1/alerts",
        headers={"Authorization": f"Bearer {one.key}"},
        trust_env=False,
    )
    assert kept.status_code == 200


def test_commands_find_the_one_that_runs_and_a_second_one_is_refused(one: One) -> None:
    run, data = one.run, one.data
    second = beside(data, "up", "--port", "0")
    assert second.code == 1
    holder = rf"another plimsoll \(process {run.process.pid}\) is using {data}"
    assert re.search(rf"^plimsoll: {holder}; stop it, or ", second.err, re.MULTILINE)
    end = time.monotonic() + 30
    # The group waits for the killed members; what processes say of themselves is seconds old.
    while (doctor := beside(data, "doctor")).code and time.monotonic() < end:
        time.sleep(1)
    assert (doctor.code, doctor.err) == (0, ""), doctor.out
    assert (
        "trigger reads usage.totals 0 from 0"
        in beside(data, "rewind", "--service", "trigger", "--to", "earliest").out
    )


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


def test_the_five_minutes_of_the_readme(one: One) -> None:
    folder, address = one.data.parent, one.run.url().removeprefix("http://")
    (commands,) = [block.text for block in blocks(README) if block.language == "sh"]
    # A second is what a reader's machine needs; here other tests compute.
    assert "\nsleep 1\n" in commands
    said = shell(
        commands.replace("localhost:8000", address).replace("\nsleep 1\n", "\nsleep 4\n"), folder
    )
    assert re.search(r'"used":9,"limit":10,.*"percent":90,', said)
    assert "usage.threshold -> " in said
    passed = re.findall(r"^(duplicate|crossing|notice|frequency_cap): pass", said, re.MULTILINE)
    assert passed == ["duplicate", "crossing", "notice", "frequency_cap"]
    assert alerts_of_acme(one) == {80: ("superseded", False), 90: ("open", True)}

    (producer,) = [block.text for block in blocks(README) if block.language == "python"]
    (folder / "send.py").write_text(producer)
    kafka = one.run.line(r"^kafka (\S+)$")
    subprocess.run(
        [sys.executable, "send.py", kafka], cwd=folder, env=dict(os.environ), timeout=60, check=True
    )
    end = time.monotonic() + 20
    while 100 not in alerts_of_acme(one) and time.monotonic() < end:
        time.sleep(0.1)
    assert alerts_of_acme(one)[100] == ("open", True)
    assert_page_works(one)


def alerts_of_acme(one: One) -> dict[int, tuple[str, bool]]:
    """Threshold to (state, whether it produced a message)."""
    listed = read(one, "/v1/alerts?account=acme", one.admin_key)["data"]
    return {alert["threshold"]: (alert["state"], alert["notified"]) for alert in listed}


def assert_page_works(one: One) -> None:
    page = (one.data.parent / "alerts.html").read_text()
    (token,) = re.findall(r'<plimsoll-alerts token="([^"]+)">', page)
    (script,) = re.findall(r'src="([^"]+)"', page)
    assert httpx.get(script, trust_env=False).status_code == 200
    (item,) = read(one, "/v1/inbox/active", token)["data"]
    assert (item["meter"], item["threshold"], item["severity"]) == ("api_calls", 100, "critical")


def read(one: One, path: str, key: str) -> dict[str, Any]:
    answer = httpx.get(
        f"{one.run.url()}{path}", headers={"Authorization": f"Bearer {key}"}, trust_env=False
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


CATALOG = """
currency: USD
meters:
  calls: {event: api.request, aggregation: count, reset: period, unit: call,
          name: {en: calls, ja: 呼び出し}}
plans:
  - {id: starter, rank: 1, price: {month: 49, year: 588}, purchase: self_serve,
     limits: {calls: 100}, features: [core],
     support: {channels: [email], first_response_hours: 48, csm: none}}
"""
ACCOUNT: dict[str, Any] = {
    "name": "Beta",
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "contacts": [],
    "csm": None,
    "external_ids": {},
}


def test_an_account_is_explained_gate_by_gate_in_both_languages(one: One) -> None:
    url, data = one.run.url(), one.data
    file = data.with_name("catalog.yaml")
    file.write_text(CATALOG)
    assert re.search(r"version \d+\n$", beside(data, "catalog", "apply", str(file)).out)
    tell(url, "/v1/accounts/beta", ACCOUNT, data)
    tell(
        url,
        "/v1/accounts/beta/subscription",
        {"plan": "starter", "started_at": "2026-01-01T00:00:00Z"},
        data,
    )
    english, japanese = (
        beside(data, "explain", "beta", "--lang", language) for language in ("en", "ja")
    )
    assert (english.code, japanese.code) == (0, 0)
    gates = [line.split(":")[0] for line in english.out.splitlines()[1:]]
    assert gates[:4] == ["duplicate", "crossing", "notice", "holdout"]
    assert gates == [line.split(":")[0] for line in japanese.out.splitlines()[1:]]
    assert re.search("[ぁ-ん]", japanese.out)
    assert not re.search("[ぁ-ん]", english.out)


def tell(url: str, path: str, body: dict[str, Any], data: Path) -> None:
    key = (data / "admin-key").read_text().strip()
    httpx.put(
        f"{url}{path}", json=body, headers={"Authorization": f"Bearer {key}"}, trust_env=False
    ).raise_for_status()


def test_a_taken_port_ends_the_start_with_one_line(one: One) -> None:
    port = one.run.url().rpartition(":")[2]
    other = beside(one.data.with_name("other"), "up", "--port", port)
    assert other.code == 1
    assert other.err.splitlines()[-1].startswith(f"plimsoll: cannot listen on 127.0.0.1:{port}: ")


@pytest.mark.parametrize("moment", ["imports", "servers"])
def test_a_stop_while_starting_is_a_clean_end_too(data: Path, moment: str) -> None:
    with up(data) as run:
        if moment == "servers":
            run.line("(starting Apache Kafka)")
        else:
            time.sleep(0.5)
        code, seconds = run.end()
        assert (code, seconds < 10) == (0, True), run.said()[-9000:]
        assert not re.search("^Traceback", run.said(), re.MULTILINE)
    assert not (data / "run.json").exists()
