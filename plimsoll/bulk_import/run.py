"""The import itself: two concurrent requests, in the file's order if that matters, saving progress
after each.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from plimsoll.bulk_import.batches import Batch, batches
from plimsoll.bulk_import.report import Display, Refused
from plimsoll.bulk_import.rows import Row, Unusable
from plimsoll.bulk_import.settlement import Outcome
from plimsoll.bulk_import.state import Progressing, State
from shared.values.faults import Fault

AT_ONCE = 2
"""As many as an installation processes at a time."""


@dataclass
class Import:
    """`settle`: sends a batch."""

    settle: Callable[[Batch], Awaitable[list[Outcome]]]
    state: State
    progressing: Progressing
    refused: Refused
    display: Display
    _under_way: deque[tuple[Batch, asyncio.Task[list[Outcome]]]] = field(
        default_factory=deque, init=False
    )

    async def run(self, rows: Iterable[Row | Unusable]) -> None:
        try:
            for batch in batches(rows):
                while len(self._under_way) >= AT_ONCE or self._meets(batch):
                    await self._finish_first()
                self._under_way.append((batch, asyncio.ensure_future(self.settle(batch))))
                await asyncio.sleep(0)  # it is sent while the next rows are being read
            while self._under_way:
                await self._finish_first()
        finally:
            for _, task in self._under_way:
                task.cancel()
            await asyncio.gather(*(task for _, task in self._under_way), return_exceptions=True)

    def _meets(self, batch: Batch) -> bool:
        """Whether a batch in flight concerns one of its accounts: later rows must arrive later."""
        return any(not batch.accounts.isdisjoint(other.accounts) for other, _ in self._under_way)

    async def _finish_first(self) -> None:
        batch, task = self._under_way[0]
        found = await task
        self._under_way.popleft()
        counts = self.state.counts
        for one in found:
            setattr(counts, one.result, getattr(counts, one.result) + 1)
        counts.refused += len(batch.unusable)
        for row, faults in _refused(batch, found):
            self.refused.add(row, faults)
        self.state.position, self.state.line, self.state.reported = (
            batch.end.position,
            batch.end.line,
            self.refused.size,
        )
        self.progressing.save(self.state)
        self.display.show(batch.end.position, counts)


def _refused(
    batch: Batch, found: Iterable[Outcome]
) -> list[tuple[Row | Unusable, tuple[Fault, ...]]]:
    """Records the results in the order of the file."""
    refused: list[tuple[Row | Unusable, tuple[Fault, ...]]] = [
        (one.row, one.faults) for one in found if one.result == "refused"
    ]
    refused += [(one, one.faults) for one in batch.unusable]
    return sorted(refused, key=lambda one: one[0].span.begin)
