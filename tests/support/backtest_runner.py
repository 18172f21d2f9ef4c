"""A process that only runs backtests, to be killed."""

import asyncio
import os

from services.trigger.backtest.runner import Runner
from shared.runtime.context import make_context
from shared.runtime.settings import load_settings


async def main() -> None:
    context = make_context(load_settings(os.environ), name="backtest-runner")
    await Runner(context, asyncio.Lock()).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main())
