"""`plimsoll up` with its embedded servers, as an operator uses it: output, exit codes, a second
start, a crash, other commands alongside.
"""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command import Outcome, environment_with, plimsoll
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


def test_addresses_then_ready_then_a_clean_end_and_a_kill_hinders_no_next_start(data: Path) -> None:
    with up(data) as run:
        url = run.url()
        said = [
            line
            for line in run.said().splitlines()
            if re.match("(kafka|postgres|console|ready) ", line)
        ]
        assert [line.split()[0] for line in said] == ["kafka", "postgres", "console", "ready"]
        way_in = said[2].split()[1]
        assert way_in.startswith(f"{url}/console/login?once=")
        secret = {"once": way_in.partition("once=")[2]}
        origin = {"Origin": url}
        entered = httpx.post(
            f"{url}/console/login", data=secret, headers=origin, trust_env=False, verify=TRUST
        )
        assert (entered.status_code, entered.headers["location"]) == (303, "/console")
        assert all(re.fullmatch(r"127\.0\.0\.1:\d+", line.split()[1]) for line in said[:2])
        assert ask(url, "/readyz", data).json()["ready"] is True
        assert ask(url, "/v1/alerts", data).json() == {"data": [], "next_cursor": None}
        code, seconds = run.end()
        assert (code, seconds < 10) == (0, True), run.said()[-2000:]
    with up(data) as again:
        assert again.line(r"^kafka (\S+)$") == said[0].split()[1]
        url = again.url()
        assert again.line(r"^console (\S+)$").partition("once=")[2] != secret["once"]
        used = httpx.post(f"{url}/console/login", data=secret, headers={"Origin": url})
        assert used.status_code == 400
        made = beside(data, "key", "create", "--name", "kept", "--scope", "read")
        assert made.code == 0
        again.end(signal.SIGKILL)
    with up(data) as last:
        url = last.url()
        answer = httpx.get(
            f"{url}/v1/alerts",
            headers={"Authorization": f"Bearer {made.out.strip()}"},
            trust_env=False,
        )
        assert answer.status_code == 200
        assert last.end(signal.SIGINT)[0] == 0


@pytest.fixture(scope="module")
def one() -> Iterator[tuple[Up, Path]]:
    """A running instance and its data, for tests that only add to it."""
    with passable_directory() as directory, up(directory / "data") as run:
        run.url()
        yield run, directory / "data"


def test_commands_find_the_one_that_runs_and_a_second_one_is_refused(one: tuple[Up, Path]) -> None:
    run, data = one
    second = beside(data, "up", "--port", "0")
    assert second.code == 1
    holder = rf"another plimsoll \(process {run.process.pid}\) is using {data}"
    assert re.search(rf"^plimsoll: {holder}; stop it, or ", second.err, re.MULTILINE)
    doctor = beside(data, "doctor")
    assert (doctor.code, doctor.err) == (0, ""), doctor.out
    assert (
        "trigger reads usage.totals 0 from 0"
        in beside(data, "rewind", "--service", "trigger", "--to", "earliest").out
    )


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
    "name": "Acme",
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "contacts": [],
    "csm": None,
    "external_ids": {},
}


def test_an_account_is_explained_gate_by_gate_in_both_languages(one: tuple[Up, Path]) -> None:
    run, data = one
    url = run.url()
    file = data.with_name("catalog.yaml")
    file.write_text(CATALOG)
    assert beside(data, "catalog", "apply", str(file)).out.endswith("version 1\n")
    tell(url, "/v1/accounts/acme", ACCOUNT, data)
    tell(
        url,
        "/v1/accounts/acme/subscription",
        {"plan": "starter", "started_at": "2026-01-01T00:00:00Z"},
        data,
    )
    english, japanese = (
        beside(data, "explain", "acme", "--lang", language) for language in ("en", "ja")
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


def test_a_taken_port_ends_the_start_with_one_line(one: tuple[Up, Path]) -> None:
    run, data = one
    port = run.url().rpartition(":")[2]
    other = beside(data.with_name("other"), "up", "--port", port)
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
        assert (code, seconds < 10) == (0, True), run.said()[-2000:]
        assert not re.search("^Traceback", run.said(), re.MULTILINE)
    assert not (data / "run.json").exists()
