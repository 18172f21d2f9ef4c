"""Concurrent questions: few queries, and each answer is newer than its question."""

import asyncio
from collections.abc import Collection

import pytest

from shared.postgres.together import MOST, Together


class Table:
    """Answers with the number of calls so far, once permitted."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.fault: Exception | None = None

    async def read(self, questions: Collection[str]) -> dict[str, int]:
        self.asked.append(list(questions))
        number = len(self.asked)
        self.begun.set()
        await self.go.wait()
        if self.fault:
            raise self.fault
        return dict.fromkeys(questions, number)


async def test_what_is_asked_meanwhile_is_asked_together_next() -> None:
    table = Table()
    ask = Together(table.read)
    first = asyncio.create_task(ask("a"))
    await table.begun.wait()
    later = [asyncio.create_task(ask(name)) for name in "abbc"]
    await asyncio.sleep(0)
    table.go.set()
    assert await first == 1
    assert (
        await asyncio.gather(*later) == [2] * 4
    )  # also "a": the first answer may be older than the second question
    assert table.asked == [["a"], ["a", "b", "c"]]


async def test_a_crowd_is_asked_for_in_portions() -> None:
    table = Table()
    table.go.set()
    ask = Together(table.read)
    await asyncio.gather(*(ask(str(number)) for number in range(2 * MOST + 1)))
    assert [len(asked) for asked in table.asked] == [MOST, MOST, 1]


async def test_a_fault_reaches_all_that_were_asked_together_and_nobody_else() -> None:
    table = Table()
    ask = Together(table.read)
    failing = [asyncio.create_task(ask(name)) for name in "ab"]
    await table.begun.wait()
    table.fault = OSError("away")
    table.go.set()
    assert [type(found) for found in await asyncio.gather(*failing, return_exceptions=True)] == [
        OSError,
        OSError,
    ]
    table.fault = None
    assert await ask("a") == 2


async def test_one_who_leaves_does_not_affect_the_others() -> None:
    table = Table()
    ask = Together(table.read)
    leaving, staying = asyncio.create_task(ask("a")), asyncio.create_task(ask("a"))
    await table.begun.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    table.go.set()
    assert await staying == 1


async def test_if_everyone_leaves_a_failure_is_not_reported_as_unretrieved(
    caplog: pytest.LogCaptureFixture,
) -> None:
    table = Table()
    ask = Together(table.read)
    leaving = asyncio.create_task(ask("a"))
    await table.begun.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    table.fault = OSError("away")
    table.go.set()
    assert [type(found) for found in await asyncio.gather(ask("b"), return_exceptions=True)] == [
        OSError
    ]
    assert "never retrieved" not in caplog.text
