"""One HubSpot task per account and meter: created, raised, completed; exactly one whatever is lost on the way (delivery.md 2.1).

Mode A: the task key is a unique property, an upsert finds what a lost reply left behind. Mode B, where the portal has no such property
on tasks: the key stands as a marker in the body, and an attempt in doubt first looks through the company's tasks. Never through search: it
lags behind.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Literal

from services.notifier.channels.base import Begin, Claimed, Delivered, Outcome, Refused, Unanswered, Withdrawn, reason
from services.notifier.channels.hubspot_api import BatchError, HubSpotApi, Stop, task_id, upserted_id

Action = Literal["raise", "complete"]

_OWNER_SECONDS = 3600.0
_NO_OWNER_SECONDS = 300.0
_TEST_KEY = "plimsoll-test"
_PRIORITIES = {"low": "LOW", "medium": "MEDIUM", "high": "HIGH"}


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """What the task shall be after this delivery; composed from the delivery."""

    key: str
    action: Action
    subject: str
    body: str
    priority: str  # low, medium, high
    due_at: datetime
    owner_email: str | None
    account: str  # name and id, for a task that hangs on no company


class HubSpotChannel:
    def __init__(self, api: HubSpotApi, compose: Callable[[Claimed], TaskOrder], now: Callable[[], datetime]) -> None:
        self._api = api
        self._compose = compose
        self._now = now
        self._unique: bool | None = None
        self._owners: dict[str, tuple[str | None, float]] = {}

    async def send(self, delivery: Claimed, begin: Begin) -> Outcome:
        try:
            return await self._perform(_Attempt(delivery, self._compose(delivery), begin))
        except Stop as stop:
            return stop.outcome

    async def test(self, to: str | None) -> Outcome:
        """Makes a completed task, the same one each time where the portal can tell."""
        properties = {
            "hs_timestamp": _stamp(self._now()),
            "hs_task_subject": "Plimsoll: test / テスト",
            "hs_task_body": f"The CRM channel works. / CRMの設定は正しく動作しています。<br>{marker(_TEST_KEY)}",
            "hs_task_status": "COMPLETED",
            "hs_task_priority": "LOW",
            "hs_task_type": "TODO",
        }
        try:
            if await self._has_unique_key():
                return Delivered(await self._upsert(_TEST_KEY, properties, 1))
            return Delivered(task_id((await self._api.create(properties, None, 1)).body))
        except Stop as stop:
            return stop.outcome

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _perform(self, attempt: "_Attempt") -> Outcome:
        await self._has_unique_key()
        if attempt.order.action == "complete":
            return await self._complete(attempt)
        properties = await self._properties(attempt)
        known = attempt.delivery.external_id
        if known is not None and (done := await self._update(attempt, known, properties)) is not None:
            return done
        return await self._create(attempt, properties)

    async def _update(self, attempt: "_Attempt", task: str, properties: dict[str, str]) -> Outcome | None:
        """None when somebody has deleted the task."""
        if not await attempt.begin():
            return Withdrawn()
        answer = await self._api.update(task, properties, attempt.number)
        return None if answer.status == 404 else Delivered(task)

    async def _create(self, attempt: "_Attempt", properties: dict[str, str]) -> Outcome:
        if await self._has_unique_key():
            return await self._create_by_key(attempt, properties)
        if attempt.delivery.in_doubt or attempt.delivery.task_in_doubt:
            if attempt.company is None and not attempt.delivery.by_hand:
                return Unanswered("whether the task was made cannot be told without a company", again="never")
            if (found := await self._marked(attempt)) is not None:
                return await self._update(attempt, found, properties) or Delivered(found)
        if not await attempt.begin():
            return Withdrawn()
        try:
            answer = await self._api.create(properties, attempt.company, attempt.number)
            return Delivered(task_id(answer.body))
        except Stop as stop:
            if isinstance(stop.outcome, Unanswered) and attempt.company is None:
                return Unanswered(stop.outcome.reason, again="never")
            raise

    async def _create_by_key(self, attempt: "_Attempt", properties: dict[str, str]) -> Outcome:
        if not await attempt.begin():
            return Withdrawn()
        task = await self._upsert(attempt.order.key, properties, attempt.number)
        if attempt.company is None:
            return Delivered(task)
        answer = await self._api.associate(task, attempt.company, attempt.number)
        if answer.status in (400, 404):
            return Delivered(task, note=reason(f"HubSpot knows no company {attempt.company}: the task hangs on none"))
        return Delivered(task)

    async def _upsert(self, key: str, properties: dict[str, str], number: int) -> str:
        answer = await self._api.upsert(key, properties, number)
        taken = answer.status == 409
        if not taken:
            try:
                return upserted_id(answer.body)
            except BatchError as fault:
                taken = fault.error.get("category") in ("CONFLICT", "OBJECT_ALREADY_EXISTS")
                if not taken:
                    raise Stop(Refused(reason(f"HubSpot refuses the task: {fault}"))) from None
        # The value is taken: the task stands already, made by an attempt that we never heard back from.
        found = await self._api.find(key, number)
        if found is None:
            raise Stop(Unanswered("HubSpot says that the task exists, and does not find it", again="safely"))
        await self._api.update(found, properties, number)
        return found

    async def _complete(self, attempt: "_Attempt") -> Outcome:
        task = attempt.delivery.external_id or await self._find(attempt)
        if task is None:
            return Delivered(note="no task was there to complete")
        if not await attempt.begin():
            return Withdrawn()
        properties = {"hs_task_status": "COMPLETED", "hs_task_body": self._body(attempt)}
        answer = await self._api.update(task, properties, attempt.number)
        return Delivered(task, note="the task is no longer there") if answer.status == 404 else Delivered(task)

    async def _find(self, attempt: "_Attempt") -> str | None:
        """A task whose id never reached us."""
        if await self._has_unique_key():
            return await self._api.find(attempt.order.key, attempt.number)
        if attempt.company is None:
            raise Stop(Unanswered("whether there is a task cannot be told without a company", again="never"))
        return await self._marked(attempt)

    async def _marked(self, attempt: "_Attempt") -> str | None:
        if attempt.company is None:
            return None
        tasks = await self._api.tasks_of(attempt.company, attempt.number)
        if tasks is None:
            raise Stop(Unanswered("HubSpot does not list the company's tasks", again="never"))
        return await self._api.find_marked(tasks, marker(attempt.order.key), attempt.number)

    async def _properties(self, attempt: "_Attempt") -> dict[str, str]:
        order = attempt.order
        properties = {
            "hs_timestamp": _stamp(order.due_at),
            "hs_task_subject": order.subject if attempt.company is not None else f"{order.subject} – {order.account}",
            "hs_task_body": self._body(attempt),
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": _PRIORITIES.get(order.priority, "MEDIUM"),
            "hs_task_type": "TODO",
        }
        owner = None if order.owner_email is None else await self._owner(order.owner_email, attempt.number)
        return properties if owner is None else properties | {"hubspot_owner_id": owner}

    def _body(self, attempt: "_Attempt") -> str:
        text = _as_html(attempt.order.body)
        return text if self._unique else f"{text}<br>\n{marker(attempt.order.key)}"

    async def _owner(self, email: str, number: int) -> str | None:
        cached = self._owners.get(email)
        if cached is not None and time.monotonic() < cached[1]:
            return cached[0]
        owner = await self._api.owner(email, number)
        self._owners[email] = (owner, time.monotonic() + (_NO_OWNER_SECONDS if owner is None else _OWNER_SECONDS))
        return owner

    async def _has_unique_key(self) -> bool:
        """Whether tasks here can carry the key as a unique property; makes it on the first use of a portal."""
        if self._unique is None:
            self._unique = await self._set_up()
        return self._unique

    async def _set_up(self) -> bool:
        standing = await self._api.find_property()
        if standing.status == 200:
            return standing.body.get("hasUniqueValue") is True
        made = await self._api.make_property()
        if made.status == 409:  # another process was faster
            return (await self._api.find_property()).body.get("hasUniqueValue") is True
        return made.status in (200, 201)


@dataclass(frozen=True, slots=True)
class _Attempt:
    delivery: Claimed
    order: TaskOrder
    begin: Begin

    @property
    def number(self) -> int:
        return self.delivery.attempts

    @property
    def company(self) -> str | None:
        return self.delivery.company


def marker(key: str) -> str:
    """What tells a task apart where the portal has no unique property for it."""
    return f"[plimsoll:{key}]"


def _as_html(text: str) -> str:
    """HubSpot shows a task's body as HTML."""
    return escape(text, quote=False).replace("\n", "<br>\n")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
