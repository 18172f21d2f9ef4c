"""Questions that are asked while one is being answered are answered together next: a burst costs a few queries, not one for each."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from itertools import islice
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

MOST = 50
"""Questions in one query: the answers of a few thousand would keep everything else in the process waiting."""


class Together(Generic[Question, Answer]):
    """An answer was never read before its question came. Equal questions share one; `ask` answers each of those it is given."""

    def __init__(self, ask: Callable[[Collection[Question]], Awaitable[Mapping[Question, Answer]]]) -> None:
        self._ask = ask
        self._waiting: dict[Question, asyncio.Future[Answer]] = {}
        self._turning: asyncio.Task[None] | None = None

    async def __call__(self, question: Question) -> Answer:
        """Raises what `ask` raised for those that it was asked together with."""
        if question not in self._waiting:
            self._waiting[question] = asyncio.get_running_loop().create_future()
        answer = self._waiting[question]
        if self._turning is None:
            self._turning = asyncio.create_task(self._turn())
        return await asyncio.shield(answer)  # others may wait for the same one

    async def _turn(self) -> None:
        try:
            while self._waiting:
                asked = {question: self._waiting.pop(question) for question in list(islice(self._waiting, MOST))}
                await self._answer(asked)
        finally:
            self._turning = None

    async def _answer(self, asked: Mapping[Question, "asyncio.Future[Answer]"]) -> None:
        try:
            found = await self._ask(asked.keys())
        except Exception as error:
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # seen: those who asked may have left, and then nobody takes it
        else:
            for question, answer in asked.items():
                answer.set_result(found[question])
        finally:
            for answer in asked.values():
                answer.cancel()  # the process ends; nothing where it has been answered
