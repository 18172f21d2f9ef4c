"""`plimsoll import` as a process against running services: kills and resumption, refused rows,
facts, and its output.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plimsoll.cli import main
from plimsoll.composition import SERVICES
from shared.embedded import Addresses
from shared.runtime.settings import Settings, load_settings
from tests.support.command import environment_with
from tests.support.desk import catalog, order, until
from tests.support.serving import Served, serving

KEY = "an-admin-key-of-this-module-0123456789"


@pytest.fixture(scope="module")
def import_settings(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> Settings:
    return load_settings(
        {
            "PLIMSOLL_DATABASE_URL": module_database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": module_topic_prefix,
            "PLIMSOLL_ADMIN_KEY": KEY,
            "PLIMSOLL_PORT": "0",
        }
    )


@pytest.fixture(scope="module")
async def served(import_settings: Settings) -> AsyncIterator[Served]:
    async with serving(import_settings, SERVICES) as running:
        (await running.client.put("/v1/catalog", json=catalog())).raise_for_status()
        yield running


Run = Callable[..., Awaitable[tuple[int, str, str]]]


Count = Callable[[str], Awaitable[int]]


@pytest.fixture
def count(module_database_url: str) -> Count:
    """The result of a query for one number."""

    async def count(query: str) -> int:
        connection = await asyncpg.connect(module_database_url)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    return count


@pytest.fixture
def run(served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command to its end: exit code and output. In this process, because starting one
    takes time.
    """

    async def run(file: Path, *more: str, key: str = KEY) -> tuple[int, str, str]:
        monkeypatch.setenv("PLIMSOLL_ADMIN_KEY", key)
        code = await asyncio.to_thread(main, ["import", str(file), "--url", served.url, *more])
        return code, *capsys.readouterr()

    return run


def write(file: Path, rows: list[Any]) -> Path:
    file.write_text(
        "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows),
        encoding="utf-8",
    )
    return file


def refused(file: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in file.with_name(f"{file.name}.refused.ndjson").read_text().splitlines()
    ]


async def start(served: Served, file: Path) -> asyncio.subprocess.Process:
    argv = [sys.executable, "-m", "plimsoll", "import", str(file), "--url", served.url]
    given: dict[str, Any] = {
        "env": environment_with({"PLIMSOLL_ADMIN_KEY": KEY}),
        "cwd": file.parent,
    }
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *argv, stdin=quiet, stdout=quiet, stderr=quiet, **given
    )


async def test_killed_at_any_moment_it_goes_on(
    served: Served, run: Run, count: Count, tmp_path: Path
) -> None:
    """No row twice, none missing, and each refused row is reported once."""
    rows: list[Any] = []
    for number in range(3_000):
        rows.append(
            {"id": f"kill-{number:04}", "name": f"Account {number}", "subscription": order()}
        )
        if number % 300 == 299:
            # A repeated statement ends a batch.
            rows += ["nonsense", {"id": f"kill-{number:04}", "name": "Again"}]
    file = write(tmp_path / "accounts.ndjson", rows)
    state = tmp_path / "accounts.ndjson.import"
    for _ in range(2):
        before = _position(state)
        process = await start(served, file)
        while process.returncode is None and _position(state) <= before:  # noqa: ASYNC110 # another process writes it
            await asyncio.sleep(0.005)
        assert process.returncode is None, "it was to be killed on the way"
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert 0 < _position(state) < file.stat().st_size
    code, out, err = await run(file)
    assert (code, "resuming at line" in err, state.exists()) == (1, True, False), (out, err)
    assert out.startswith("3,020 rows: ")
    assert "10 refused" in out
    assert [one["_refused"]["line"] for one in refused(file)] == [
        301 + 302 * number for number in range(10)
    ]
    assert await count("select count(*) from account where id like 'kill-%'") == 3_000
    assert await count("select count(*) from plan_change where account like 'kill-%'") == 3_000
    _, out, _ = await run(file)
    assert "0 created" in out  # nobody was missing


def _position(state: Path) -> int:
    return int(json.loads(state.read_bytes())["position"]) if state.exists() else 0


CONTACTS_BY_SEMICOLON = [
    "account;id;name;role;email",
    "r1;c1;青空 花子;owner;h@example.com",
    "r1;c2;Ken;boss;",
    "r3;c1;x;owner;",
    "r1;c3;Lin;member;",
]


async def test_refused_rows_are_corrected_and_imported_again(
    served: Served, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "contacts.csv"
    await run(
        write(tmp_path / "a.ndjson", [{"id": "r1", "name": "R1"}, {"id": "r2", "name": "R2"}])
    )
    file.write_bytes(("\r\n".join(CONTACTS_BY_SEMICOLON) + "\r\n").encode("cp932"))
    code, _, err = await run(file)
    assert (code, "line 2 is not utf-8" in err) == (1, True), err
    code, out, err = await run(file, "--encoding", "cp932")
    assert (code, out) == (1, "4 rows: 0 created, 2 updated, 0 unchanged, 2 refused\n"), err
    assert "2 rows were refused" in err
    wrong, unknown = refused(file)
    assert wrong == {
        "kind": "contact",
        "account": "r1",
        "id": "c2",
        "name": "Ken",
        "role": "boss",
        "_refused": wrong["_refused"],
    }
    (error,) = wrong["_refused"]["errors"]
    assert (wrong["_refused"]["line"], error["column"], error["path"]) == (3, "role", "/role")
    assert unknown["_refused"]["errors"] == [
        {"column": "account", "path": "/account", "reason": "no account has this id yet"}
    ]
    again = write(tmp_path / "again.ndjson", [wrong | {"role": "admin"}])
    assert (await run(again))[:2] == (0, "1 rows: 0 created, 1 updated, 0 unchanged, 0 refused\n")
    shown = (await served.client.get("/v1/accounts/r1")).json()
    assert [(one["id"], one["role"]) for one in shown["contacts"]] == [
        ("c1", "owner"),
        ("c3", "member"),
        ("c2", "admin"),
    ]


NPS = {
    "kind": "fact",
    "account": "e1",
    "type": "nps.responded",
    "time": "2026-10-01T03:00:00Z",
    "data": {"score": 9},
}
EVERYTHING = [
    {"id": "e1", "name": "E1"},
    {"kind": "subscription", "account": "e1", **order("starter")},
    {"kind": "subscription", "account": "e1", **order("pro")},
    {"kind": "limit", "account": "e1", "meter": "storage", "limit": "12 GB"},
    {"kind": "limit", "account": "e1", "meter": "cpu", "limit": 1},
    NPS,
    NPS | {"data": {"score": 99}},
    NPS | {"account": "nobody"},
    {"kind": "contact", "account": "e1", "id": "c1", "name": "Ada", "role": "owner"},
]


async def test_everything_of_an_account_from_one_file(
    served: Served, run: Run, tmp_path: Path
) -> None:
    """In the order of the file, although several requests are in flight; facts count once, however
    often they are imported.
    """
    file = write(tmp_path / "all.ndjson", EVERYTHING)
    code, out, _ = await run(file, "--dry-run")
    assert (code, out) == (1, "9 rows checked, 1 would be refused\n")
    code, out, err = await run(file)
    assert (code, out) == (
        1,
        "9 rows: 2 created, 3 updated, 0 unchanged, 1 facts accepted, 3 refused\n",
    ), err
    assert [
        (one["_refused"]["line"], one["_refused"]["errors"][0]["path"]) for one in refused(file)
    ] == [
        (5, "/meter"),
        (7, "/data/score"),
        (8, "/account"),
    ]
    shown = (await served.client.get("/v1/accounts/e1")).json()
    assert (shown["subscription"]["plan"], list(shown["limits"]), len(shown["contacts"])) == (
        "pro",
        ["storage"],
        1,
    )
    await run(file)

    async def kept() -> bool:
        found = (await served.client.get("/v1/accounts/e1")).json()
        return bool(found["nps"])

    await until(kept)
    assert len((await served.client.get("/v1/accounts/e1/facts")).json()["data"]) == 1


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("accounts.xlsx", "", "its name must end in"),
        ("not-there/accounts.csv", "", "No such file or directory"),
        ("folder.csv/", "", "is not a file"),
        ("customers.csv", "id,name\n", "name the kind of its rows with --kind"),
        ("accounts.csv", "id,nmae\n", "did you mean name?"),
        (
            "wrong-key.ndjson",
            '{"id": "a", "name": "x"}\n',
            "the key is not known: set PLIMSOLL_ADMIN_KEY",
        ),
    ],
)
async def test_what_cannot_begin_is_said_in_one_line(
    run: Run, tmp_path: Path, name: str, text: str, says: str
) -> None:
    file = tmp_path / name
    if name.endswith("/"):
        file.mkdir()
    elif file.parent.exists():
        file.write_text(text)
    code, out, err = await run(file, key=KEY[::-1])
    assert (code, out, err.count("\n")) == (1, "", 1), err
    assert says in err
