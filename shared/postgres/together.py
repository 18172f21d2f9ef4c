"""Batches questions: those asked while one is being answered are answered together next, so that a
burst costs a few queries.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from itertools import islice
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

MOST = 50
"""The most questions in one query: answers to thousands would hold up everything else in the
process.
"""


class Together(Generic[Question, Answer]):
    """An answer is always read after its question was asked. Equal questions share one; `ask`
    answers each of its questions.
    """

    def __init__(
        self, ask: Callable[[Collection[Question]], Awaitable[Mapping[Question, Answer]]]
    ) -> None:
        self._ask = ask
        self._waiting: dict[Question, asyncio.Future[Answer]] = {}
        self._turning: asyncio.Task[None] | None = None

    async def __call__(self, question: Question) -> Answer:
        """Raises what `ask` raised for the batch."""
        if question not in self._waiting:
            self._waiting[question] = asyncio.get_running_loop().create_future()
        answer = self._waiting[question]
        if self._turning is None:
            self._turning = asyncio.create_task(self._turn())
        return await asyncio.shield(answer)  # others may be waiting for the same answer

    async def _turn(self) -> None:
        try:
            while self._waiting:
                asked = {
                    question: self._waiting.pop(question)
                    for question in list(islice(self._waiting, MOST))
                }
                await self._answer(asked)
        finally:
            self._turning = None

    async def _answer(self, asked: Mapping[Question, "asyncio.Future[Answer]"]) -> None:
        try:
            found = await self._ask(asked.keys())
        except Exception as error:
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # retrieved: if everyone who asked has gone, nobody else does so
        else:
            for question, answer in asked.items():
                answer.set_result(found[question])
        finally:
            for answer in asked.values():
                answer.cancel()  # the process ends; no effect if it has been answered
