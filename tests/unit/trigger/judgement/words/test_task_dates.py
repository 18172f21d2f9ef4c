"""When a task is due: by priority, in local business days; a remedy has its own day."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.trigger.accounts import Person
from shared.catalog import Catalog
from tests.support.catalogs import catalog
from tests.support.rulings import crossed, heard
from tests.support.stories import Story, account

GLOBAL = catalog("global")
WITH_HOLIDAYS = replace(GLOBAL, policy=replace(GLOBAL.policy, holidays=True))
FRIDAY = datetime.fromisoformat("2025-09-12T10:00:00+09:00")
"""Monday the 15th and Tuesday the 23rd are holidays in Japan."""


def kitsune(found: Catalog = GLOBAL) -> Story:
    return account(found, "pro", csm=Person("u7", "Kato")).at(FRIDAY)


def due(days: str) -> datetime:
    return datetime.fromisoformat(f"{days}T10:00:00+09:00")


@pytest.mark.parametrize(
    ("threshold", "priority", "plain", "holidays"),
    [
        (80, "low", "2025-09-23", "2025-09-25"),
        (90, "medium", "2025-09-17", "2025-09-18"),
        (95, "high", "2025-09-15", "2025-09-16"),
        (100, "high", "2025-09-15", "2025-09-16"),
    ],
)
def test_a_usage_task_is_due_by_how_near_the_limit_is(
    threshold: int, priority: str, plain: str, holidays: str
) -> None:
    for found, day in ((GLOBAL, plain), (WITH_HOLIDAYS, holidays)):
        (tell,) = crossed(kitsune(found), "storage", threshold * 10**9, threshold).tells
        assert tell.task is not None
        assert (tell.task.priority, tell.task.due_at) == (priority, due(day))


def test_an_opportunitys_task_is_due_as_well() -> None:
    story = kitsune().used("seats", 24)
    urgent, usual = (
        heard(story, "compliance.need", framework="SOC2"),
        heard(story, "nps.responded", score=10),
    )
    for found, priority, day in ((urgent, "high", "2025-09-15"), (usual, "medium", "2025-09-17")):
        (task,) = [tell.task for tell in found.tells if tell.task is not None]
        assert (task.purpose, task.priority, task.due_at) == ("opportunity", priority, due(day))


def test_the_task_says_the_day_in_both_languages() -> None:
    found = crossed(kitsune(), "storage", 95 * 10**9, 95)
    assert found.tasks("ja")[0].endswith("このタスクの期限は2025年9月15日です。")
    assert found.tasks("en")[0].endswith("This task is due on September 15, 2025.")


def test_a_remedy_keeps_its_own_day() -> None:
    (tell,) = heard(kitsune().active(3), "cancel.intent").tells[1:]
    assert tell.task is not None
    assert tell.task.due_at == FRIDAY + timedelta(days=7)
    assert heard(kitsune().active(3), "cancel.intent").tasks("en")[1].count("due") == 1
