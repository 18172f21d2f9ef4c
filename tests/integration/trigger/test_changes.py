"""Whoever shows catalogues, alerts, tasks and opportunities hears that they changed."""

from tests.integration.trigger.test_opportunities import begun
from tests.support.desk import Desk
from tests.support.words import heard, listening


async def test_what_people_look_at_is_told_when_it_changes(desk: Desk) -> None:
    async with listening(desk.context.settings) as words:
        made = await begun(desk)
        opened = f"opportunity {made['id']}"
        await heard(words, {"catalogue 1", opened})
        await desk.counts("api_calls", 85)
        (alert,) = (await desk("GET", "/v1/alerts"))["data"]
        told = await heard(words, {f"alert {alert['id']}"})
        tasks = (await desk("GET", "/v1/tasks"))["data"]
        assert {f"task {task['id']}" for task in tasks} & told

        await desk.counts("api_calls", 96)
        await heard(words, {f"alert {alert['id']}"})  # superseded
        while await words.next(0.2):
            pass
        await desk("GET", "/v1/tasks")
        assert not await words.next(0.2), "who only reads tells nothing"
