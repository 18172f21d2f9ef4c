"""A year of one account's support history, twenty thousand feature names: the cost of a batch does
not grow with history.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event as listening

from services.trigger import account_events
from services.trigger.account_events import Said
from services.trigger.judgement.facts import capacity
from shared.events import Event
from shared.postgres.database import lock_accounts, transaction
from shared.telemetry import metrics
from tests.integration.trigger.proposals.conftest import Desk
from tests.support.catalogs import document, parsed
from tests.support.stories import NOW

BATCH, BATCHES = 100, 30
Made = Callable[[Desk, int], Event]


def new_ticket(desk: Desk, number: int) -> Event:
    at = NOW - timedelta(seconds=9_000 - number)
    return desk.event(
        "ticket.opened", at, id=f"t{number}", ticket=f"t{number}", class_="bug", severity="low"
    )


def old_ticket(desk: Desk, number: int) -> Event:
    at = NOW - timedelta(days=365) + timedelta(hours=number)
    return desk.event(
        "ticket.opened", at, id=f"t{number}", ticket=f"t{number}", class_="how_to_utilise"
    )


def used_feature(desk: Desk, number: int) -> Event:
    return desk.event(
        "feature.used",
        NOW - timedelta(seconds=9_000 - number),
        id=f"f{number}",
        feature=f"f{number}",
    )


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """Records the statements that are sent."""
    sent: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    listening.listen(desk.engine.sync_engine, "before_cursor_execute", note)
    yield sent
    listening.remove(desk.engine.sync_engine, "before_cursor_execute", note)


async def take(desk: Desk, events: list[Event]) -> tuple[float, int]:
    """CPU time and statements of one batch, as the loop passes it on."""
    with counted(desk) as sent:
        began = time.process_time()
        async with transaction(desk.engine) as conn:
            assert not any(await account_events.refuse(conn, desk.watch, events, desk.now))
            await lock_accounts(conn, [desk.account])
            outcome = await account_events.take(
                conn, desk.watch, [Said(event) for event in events], desk.now
            )
        spent = time.process_time() - began
    outcome.count()
    return spent, len(sent)


@pytest.mark.parametrize(
    ("made", "kind"), [(new_ticket, "ticket"), (old_ticket, "ticket"), (used_feature, "feature")]
)
async def test_a_batch_costs_the_same_however_much_came_before(
    desk: Desk, made: Made, kind: str
) -> None:
    await desk.apply(parsed(document()))
    await desk.open("pro")
    before = metrics.let_go.labels(kind)._value.get()
    costs = [
        await take(desk, [made(desk, number * BATCH + one) for one in range(BATCH)])
        for number in range(BATCHES)
    ]
    spent, statements = [cost[0] for cost in costs], [cost[1] for cost in costs]
    assert max(statements[1:]) <= statements[0] + 2, "no statement per fact"
    assert min(spent[-8:]) < 2.5 * min(spent[4:8])
    kept = (await desk.rows("select body, octet_length(body::text) as size from account_record"))[0]
    most = {"ticket": capacity.MOST_TICKETS, "feature": capacity.MOST_FEATURES}[kind]
    names = kept["body"]["tickets" if kind == "ticket" else "used"]
    assert most <= len(names) <= most + 20
    assert f"{'t' if kind == 'ticket' else 'f'}{BATCH * BATCHES - 1}" in names
    assert kept["size"] < 200_000
    assert metrics.let_go.labels(kind)._value.get() - before == BATCH * BATCHES - len(names)
    assert (await desk.rows("select count(*) from fact"))[0]["count"] == BATCH * BATCHES, (
        "what was said stays, all of it"
    )


async def test_one_fact_at_a_time_of_an_account_that_has_said_much(desk: Desk) -> None:
    """Over HTTP facts arrive one by one: the bounded record is read and written for each."""
    await desk.apply(parsed(document()))
    await desk.open("pro")
    first = [await take(desk, [new_ticket(desk, number)]) for number in range(20)]
    for number in range(10):
        await take(desk, [new_ticket(desk, 1_000 + number * BATCH + one) for one in range(BATCH)])
    last = [await take(desk, [new_ticket(desk, 5_000 + number)]) for number in range(20)]
    assert last[-1][1] <= first[-1][1] + 2
    assert min(spent for spent, _ in last) < 4 * min(spent for spent, _ in first) + 0.005
