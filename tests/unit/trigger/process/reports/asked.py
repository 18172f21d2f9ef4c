"""A question that reports are asked in these tests."""

from datetime import UTC, datetime
from typing import Any

from services.trigger.process.figures.answer import Question

SINCE, UNTIL, NOW = (datetime(2025, month, 1, tzinfo=UTC) for month in (9, 11, 12))


def question(**more: Any) -> Question:
    return Question(SINCE, UNTIL, NOW, **more)
