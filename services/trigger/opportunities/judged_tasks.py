"""Tasks that messages of judgement and alerts ask for, as logs: what each message says is what its
task shall be now. In a constant number of statements, however many there are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account
from services.trigger.opportunities import tasks
from services.trigger.opportunities.tasks import Pages, key_of
from services.trigger.outcome import Outcome
from services.trigger.process.log.entries import JUDGEMENT
from services.trigger.process.people import Person
from services.trigger.process.tasks import messages, patience
from services.trigger.process.tasks.openings import Ended
from services.trigger.process.tasks.places import Place
from services.trigger.process.tasks.reasons import USAGE
from services.trigger.process.tasks.task import Task
from services.trigger.tables.due import Timer
from services.trigger.tables.process import tasks as task_rows
from services.trigger.tables.process.tasks import Key
from shared.catalog import Policy
from shared.messages import Closed, Message, Tell

PAST = "task_past"
"""The timer that ends a task which the calendar leaves behind."""


@dataclass(slots=True)
class Said:
    """What a transaction says. `places`: by key, where the tasks belong. `ended`: tasks without
    anything left to do. `wakes`: tasks that an alert of 100 % wakes, by account with what its days
    are counted by.
    """

    messages: Sequence[Message]
    places: Mapping[str, Place] = field(default_factory=dict)
    ended: Collection[Ended] = ()
    wakes: Mapping[Key, tuple[Account, Policy]] = field(default_factory=dict)

    @property
    def asks(self) -> dict[str, Place]:
        """By the key of its message: where each task belongs that one asks for."""
        found = dict[str, Place]()
        for one in self.messages:
            if isinstance(one, Tell) and one.task is not None:
                usage = Place("usage", one.meter or "")
                found[one.key] = self.places.get(one.task.key, usage)
        return found

    @property
    def over(self) -> list[Ended]:
        cured = [one for one in self.messages if isinstance(one, Closed) and one.cured]
        return [*self.ended, *map(messages.cured, cured)]


async def send(conn: AsyncConnection, said: Said, now: datetime) -> Outcome:
    """All of the messages, in order, after the logs of their tasks."""
    outcome = Outcome()
    asks, over = said.asks, said.over
    if not asks and not over and not said.wakes:
        for message in said.messages:
            outcome.send(message)
        return outcome
    writing = await _stored(conn, said, asks, over)
    writing.end(over, now)
    writing.wake(said.wakes, now)
    for message in said.messages:
        if isinstance(message, Tell) and (place := asks.get(message.key)) is not None:
            told = writing.ask(message, place, now)
            if told is None:
                continue
            message = told
        outcome.send(message)
    return outcome.add(
        await tasks.store(conn, writing.pages, now, told=writing.told, timers=writing.past)
    )


async def _stored(
    conn: AsyncConnection, said: Said, asks: Mapping[str, Place], over: Iterable[Ended]
) -> "_Writing":
    told = [one for one in said.messages if isinstance(one, Tell) and one.key in asks]
    keys = {(one.account, asks[one.key].reason, asks[one.key].about) for one in told}
    ids = {one.task.key for one in told if one.task is not None}
    ids |= {messages.subject(one, asks[one.key]) for one in told}
    wanted = keys | {one.key for one in over} | set(said.wakes)
    owners = {one.task.owner.id for one in told if one.task is not None and one.task.owner}
    stored, people = await task_rows.standing_with_people(conn, wanted, ids, owners)
    current = {key_of(one): one for one in stored if not one.is_closed}
    eased = {
        (one.account, asks[one.key].reason, asks[one.key].about)
        for one in told
        if messages.eases(one)
    }
    logged = await task_rows.logged(conn, eased - current.keys())
    return _Writing({one.id: one for one in stored}, current, people, logged)


@dataclass(slots=True)
class _Writing:
    """`logged`: of which there was a task that is closed. `told`: the tasks of which a message of
    their own tells.
    """

    known: dict[str, Task]
    open: dict[Key, Task]
    people: Mapping[str, Person]
    logged: Collection[Key]
    pages: Pages = field(default_factory=Pages)
    told: set[str] = field(default_factory=set)
    past: list[Timer] = field(default_factory=list)

    def end(self, over: Iterable[Ended], now: datetime) -> None:
        """`Closed` tells of usage that is cured."""
        for one in over:
            if (task := self.open.pop(one.key, None)) is not None:
                self.known[task.id] = self.pages.append(task, [one.draft()], JUDGEMENT, now)
                if one.reason == USAGE:
                    self.told.add(task.id)

    def wake(self, wakes: Mapping[Key, tuple[Account, Policy]], now: datetime) -> None:
        for key, (account, policy) in wakes.items():
            task = self.open.get(key)
            if task is not None and task.state == "snoozed":
                woken = patience.woken(task, now, now, account, policy)
                self.open[key] = self.pages.append(task, [woken], JUDGEMENT, now)

    def ask(self, tell: Tell, place: Place, now: datetime) -> Tell | None:
        """The message with the task as its log has it now; without one, if it is to stay closed.
        None: there is nothing to say.
        """
        opening = messages.opening(tell, place, self.people)
        found, same = self.open.get(opening.key), self.known.get(opening.subject())
        if found is not None:
            draft = messages.raising(opening, tell, found)
        elif same is not None and place.reason == USAGE:
            if not messages.climbs(tell, same):
                return msgspec.structs.replace(tell, task=None)
            found, draft = same, opening.reopening()
        elif messages.eases(tell):
            # Nothing begins with less to do. A version before may have opened it, without a log.
            return None if opening.key in self.logged else tell
        else:
            id = opening.subject() if same is None else messages.another(opening, now)
            draft = opening.draft()
            if place.until is not None:
                self.past.append((tell.account, f"{PAST}:{id}", place.until))
        task = (
            self.pages.begin(id, tell.account, draft, JUDGEMENT, now)
            if found is None
            else self.pages.append(found, [draft], JUDGEMENT, now)
        )
        self.known[task.id] = self.open[opening.key] = task
        self.told.add(task.id)
        return messages.told(tell, task, self.people)


async def past(conn: AsyncConnection, ids: Collection[str], now: datetime) -> Outcome:
    """What the calendar has left behind: nobody did it."""
    pages = Pages()
    for task in await task_rows.of_ids(conn, ids):
        if not task.is_closed:
            ended = Ended(*key_of(task), "no_success", "past")
            pages.append(task, [ended.draft()], JUDGEMENT, now)
    return await tasks.store(conn, pages, now)
