"""Creates, raises and completes one HubSpot task per account and meter, even if replies are lost.

Mode A: the task key is a unique property, so an upsert finds a task whose reply was lost. Mode B,
if the portal has no such property on tasks: the key is a marker in the body, and an attempt in
doubt first goes through the company's tasks. It never uses search, which lags behind.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from services.notifier.channels.base import (
    Begin,
    Claimed,
    Delivered,
    Misconfigured,
    Outcome,
    Refused,
    TaskRead,
    Unanswered,
    Withdrawn,
    reason,
)
from services.notifier.channels.hubspot.api import (
    BatchError,
    HubSpotApi,
    Stop,
    task_id,
    upserted_id,
)
from services.notifier.channels.hubspot.draft import (
    COMPLETED,
    Draft,
    TaskOrder,
    body,
    opening_properties,
    stamp,
    task_read,
    text_properties,
    there,
)
from services.notifier.channels.hubspot.raises import is_finished, raise_of

_OWNER_SECONDS = 3600.0
_NO_OWNER_SECONDS = 300.0
_TEST_KEY = "plimsoll-test"
_NO_SCOPE = (
    "HubSpot does not let this token associate a task with its company: "
    "it needs the scope crm.objects.companies.read"
)
_DELETED = "the task is no longer there"
_FORBIDDEN = 403
_NOWHERE = frozenset({404, 405, 410})
_T = TypeVar("_T")


class HubSpotChannel:
    def __init__(
        self, api: HubSpotApi, compose: Callable[[Claimed], TaskOrder], now: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._compose = compose
        self._now = now
        self._unique: bool | None = None
        self._owners: dict[str, tuple[str | None, float]] = {}
        self._emails: dict[tuple[str, bool], tuple[str | None, float]] = {}

    async def send(self, delivery: Claimed, begin: Begin) -> Outcome:
        written: dict[str, str] = {}
        try:
            await self._has_unique_key()
            noting = copy(self)
            noting._api = self._api.noting(written)
            done = await noting._perform(_Attempt(delivery, self._compose(delivery), begin))
        except Stop as stop:
            return stop.outcome
        return replace(done, wrote=there(written)) if isinstance(done, Delivered) else done

    async def read(self, tasks: Sequence[str]) -> Mapping[str, TaskRead] | Outcome | None:
        try:
            found = await self._api.read_all(tasks)
        except Stop as stop:
            return stop.outcome
        if found is None:
            return None
        return {str(one["id"]): task_read(one) for one in found if "id" in one}

    async def email_of(self, id: str, *, is_user: bool) -> str | Outcome | None:
        cached = self._emails.get((id, is_user))
        if cached is not None and time.monotonic() < cached[1]:
            return cached[0]
        try:
            email = await self._api.email_of(id, by="userId" if is_user else "id")
        except Stop as stop:
            return stop.outcome
        seconds = _NO_OWNER_SECONDS if email is None else _OWNER_SECONDS
        self._emails[id, is_user] = (email, time.monotonic() + seconds)
        return email

    async def test(self, to: str | None) -> Outcome:
        """Creates a completed task; always the same one if the portal has the unique property."""
        properties = {
            "hs_timestamp": stamp(self._now()),
            "hs_task_subject": "Plimsoll: test / テスト",
            "hs_task_body": (
                f"The CRM channel works. / CRMの設定は正しく動作しています。<br>{marker(_TEST_KEY)}"
            ),
            "hs_task_status": "COMPLETED",
            "hs_task_priority": "LOW",
            "hs_task_type": "TODO",
        }
        try:
            if await self._has_unique_key():
                return Delivered(await self._upsert(_TEST_KEY, properties, 1, properties))
            return Delivered(task_id((await self._api.create(properties, None, 1)).body))
        except Stop as stop:
            return stop.outcome

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _perform(self, attempt: "_Attempt") -> Outcome:
        if attempt.order.action == "complete":
            return await self._complete(attempt)
        known = attempt.delivery.external_id
        if known is not None:
            if (done := await self._raise(attempt, known)) is not None:
                return done
            if attempt.order.log is not None and not attempt.order.log.raises:
                return Delivered(note=_DELETED)
        return await self._create(attempt)

    async def _raise(self, attempt: "_Attempt", task: str) -> Outcome | None:
        """Updates text and priority, and the due date if it is now earlier.

        Owner and status belong to the people in HubSpot by then, unless the task is reopened or has
        a new owner in Plimsoll. Returns None if someone has deleted the task.
        """
        standing = await self._api.read(task, attempt.number)
        if standing.status == 404:
            return None
        raised = raise_of(attempt.order, standing.properties)
        attempt = replace(attempt, order=raised.order)
        owner = await self._owner(attempt) if raised.reopens or attempt.handed_over else None
        draft = Draft(owner, missing=("company",) if attempt.delivery.unlinked else ())

        def given(draft: Draft) -> dict[str, str]:
            return raised.properties(draft, self._text(attempt, draft))

        async def write(draft: Draft) -> bool:
            return (await self._api.update(task, given(draft), attempt.number)).status != 404

        if not given(draft):
            told = not attempt.handed_over or draft.owner is not None
            return self._delivered(attempt, task, draft, told=told)
        if not await attempt.begin():
            return Withdrawn()
        stands, written = await self._accepted(attempt, draft, write)
        if not stands:
            return None
        done = self._delivered(
            attempt, task, written, told=not attempt.handed_over or written.owner is not None
        )
        # The company may have been corrected since the task was created without one.
        return (
            await self._linked(attempt, task, done)
            if attempt.delivery.unlinked and attempt.company is not None
            else done
        )

    async def _create(self, attempt: "_Attempt") -> Outcome:
        if await self._has_unique_key():
            return await self._create_by_key(attempt)
        if attempt.delivery.in_doubt or attempt.delivery.task_in_doubt:
            if attempt.company is None and not attempt.delivery.by_hand:
                return Unanswered(
                    "without a company, it is unknown whether the task exists", again="never"
                )
            if (found := await self._marked(attempt)) is not None:
                return await self._raise(attempt, found) or Delivered(found)
        if not await attempt.begin():
            return Withdrawn()

        async def write(draft: Draft) -> str:
            properties = self._text(attempt, draft) | opening_properties(attempt.order, draft.owner)
            try:
                return task_id(
                    (await self._api.create(properties, draft.company, attempt.number)).body
                )
            except Stop as stop:
                if isinstance(stop.outcome, Unanswered) and draft.company is None:
                    raise Stop(Unanswered(stop.outcome.reason, again="never")) from None
                raise

        draft = Draft(await self._owner(attempt), attempt.company)
        try:
            task, written = await self._accepted(attempt, draft, write)
        except Stop as stop:
            # One company that this token may not access is no reason to block the channel.
            if (
                draft.company is None
                or not isinstance(stop.outcome, Misconfigured)
                or stop.status != _FORBIDDEN
            ):
                raise
            task, written = await self._accepted(attempt, replace(draft, company=None), write)
            done = self._delivered(attempt, task, written)
            return replace(done, note=_joined(done.note, _NO_SCOPE), unlinked=True)
        return self._delivered(attempt, task, written)

    async def _create_by_key(self, attempt: "_Attempt") -> Outcome:
        # Someone may have edited the task of an unanswered attempt since.
        if (
            attempt.again
            and (found := await self._api.find(attempt.order.key, attempt.number)) is not None
        ):
            done = await self._raise(attempt, found)
            return (
                await self._linked(attempt, found, done)
                if isinstance(done, Delivered)
                else done or Delivered(found)
            )
        if not await attempt.begin():
            return Withdrawn()

        async def write(draft: Draft) -> str:
            text = self._text(attempt, draft)
            return await self._upsert(
                attempt.order.key,
                text | opening_properties(attempt.order, draft.owner),
                attempt.number,
                text,
            )

        # An upsert cannot set the company: it is associated afterwards.
        task, written = await self._accepted(attempt, Draft(await self._owner(attempt)), write)
        return await self._linked(attempt, task, self._delivered(attempt, task, written))

    async def _linked(self, attempt: "_Attempt", task: str, done: Delivered) -> Delivered:
        """Associates the task with its company; if HubSpot does not know it, the text says so."""
        if attempt.company is None:
            return done
        answer = await self._api.associate(task, attempt.company, attempt.number)
        if answer.status < 400:
            return replace(done, unlinked=False)
        if answer.status == 403:
            return replace(done, note=_joined(done.note, _NO_SCOPE))
        draft = Draft(missing=("owner", "company") if done.note else ("company",))
        await self._api.update(task, self._text(attempt, draft), attempt.number)
        return replace(
            done, note=_joined(done.note, self._lacks(attempt, "company")), unlinked=True
        )

    async def _accepted(
        self, attempt: "_Attempt", draft: Draft, write: Callable[[Draft], Awaitable[_T]]
    ) -> tuple[_T, Draft]:
        """Writes the draft; if its owner or company is refused, writes it again without.

        If that fails too, the first refusal is reported.
        """
        first: Stop | None = None
        while True:
            try:
                return await write(draft), draft
            except Stop as stop:
                refused = stop.outcome
                if not isinstance(refused, Refused):
                    raise
                first = first or stop
                lesser = draft.without(stop.said)
                if lesser is None:
                    raise _no_address(refused, stop.status) or first from None
                draft = lesser
                if "owner" in draft.missing and attempt.order.owner_email is not None:
                    self._owners[attempt.order.owner_email] = (
                        None,
                        time.monotonic() + _NO_OWNER_SECONDS,
                    )

    def _delivered(
        self, attempt: "_Attempt", task: str, draft: Draft, *, told: bool = True
    ) -> Delivered:
        fresh = [
            self._lacks(attempt, part)
            for part in draft.missing
            if part == "owner" or not attempt.delivery.unlinked
        ]
        note = reason("; ".join(fresh)) if fresh else None
        return Delivered(
            task, note, attempt.order.owner if told else None, "company" in draft.missing
        )

    def _lacks(self, attempt: "_Attempt", part: str) -> str:
        if part == "owner":
            return (
                "HubSpot refused the owner (a deactivated user?); the task was written without one"
            )
        return f"HubSpot has no company {attempt.company}; the task was created without one"

    async def _upsert(
        self, key: str, properties: dict[str, str], number: int, text: dict[str, str]
    ) -> str:
        """`text`: what is written if the task already exists."""
        answer = await self._api.upsert(key, properties, number)
        taken = answer.status == 409
        if not taken:
            try:
                return upserted_id(answer.body)
            except BatchError as fault:
                taken = fault.category in ("CONFLICT", "OBJECT_ALREADY_EXISTS")
                if fault.passes:
                    raise Stop(
                        Unanswered(reason(f"HubSpot answered: {fault}"), again="safely")
                    ) from None
                if not taken:
                    raise Stop(
                        Refused(reason(f"HubSpot refused the task: {fault}")), fault.said
                    ) from None
        # The value is taken: an unanswered attempt has already created the task.
        found = await self._api.find(key, number)
        if found is None:
            raise Stop(
                Unanswered("HubSpot says that the task exists, but cannot find it", again="safely")
            )
        await self._api.update(found, text, number)
        return found

    async def _complete(self, attempt: "_Attempt") -> Outcome:
        task = attempt.delivery.external_id or await self._find(attempt)
        if task is None:
            return Delivered(note="there was no task to complete")
        if attempt.order.log is not None:
            standing = await self._api.read(task, attempt.number)
            if is_finished(standing.properties):
                return Delivered(task)
        if not await attempt.begin():
            return Withdrawn()
        properties = {
            "hs_task_status": COMPLETED,
            "hs_task_body": body(attempt.order, (), self._marker(attempt)),
        }
        answer = await self._api.update(task, properties, attempt.number)
        return Delivered(task, note=_DELETED) if answer.status == 404 else Delivered(task)

    async def _find(self, attempt: "_Attempt") -> str | None:
        """Finds a task whose id never reached us."""
        if await self._has_unique_key():
            return await self._api.find(attempt.order.key, attempt.number)
        if attempt.company is None:
            raise Stop(
                Unanswered(
                    "without a company, it is unknown whether the task exists", again="never"
                )
            )
        return await self._marked(attempt)

    async def _marked(self, attempt: "_Attempt") -> str | None:
        if attempt.company is None:
            return None
        tasks = await self._api.tasks_of(attempt.company, attempt.number)
        if tasks is None:
            raise Stop(Unanswered("HubSpot does not list the company's tasks", again="never"))
        return await self._api.find_marked(tasks, marker(attempt.order.key), attempt.number)

    def _text(self, attempt: "_Attempt", draft: Draft) -> dict[str, str]:
        linked = attempt.company is not None and "company" not in draft.missing
        return text_properties(
            attempt.order, linked=linked, missing=draft.missing, marker=self._marker(attempt)
        )

    def _marker(self, attempt: "_Attempt") -> str | None:
        return None if self._unique else marker(attempt.order.key)

    async def _owner(self, attempt: "_Attempt") -> str | None:
        email = attempt.order.owner_email
        if email is None:
            return None
        cached = self._owners.get(email)
        if cached is not None and time.monotonic() < cached[1]:
            return cached[0]
        owner = await self._api.owner(email, attempt.number)
        self._owners[email] = (
            owner,
            time.monotonic() + (_NO_OWNER_SECONDS if owner is None else _OWNER_SECONDS),
        )
        return owner

    async def _has_unique_key(self) -> bool:
        """Whether tasks can have the key as a unique property; creates it on the first use."""
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
        """None also for an id that would change the path of the request."""
        return None if self.delivery.company in ("", ".", "..") else self.delivery.company

    @property
    def again(self) -> bool:
        """Whether an earlier attempt may have created the task."""
        return self.number > 1 or self.delivery.in_doubt or self.delivery.task_in_doubt

    @property
    def handed_over(self) -> bool:
        """Whether it has another owner in Plimsoll than the CRM was told last."""
        told, owner = self.delivery.told_owner, self.order.owner
        return told is not None and owner is not None and told != owner


def _no_address(refused: Refused, status: int | None) -> Stop | None:
    """Not even a bare task is known there: the URL leads elsewhere, or the version has ended. That
    is no fault of this task.
    """
    if status not in _NOWHERE:
        return None
    return Stop(
        Misconfigured(
            reason(
                "this is not HubSpot's API, or not this version of it: "
                f"check url and version ({refused.reason})"
            )
        )
    )


def _joined(*notes: str | None) -> str:
    return reason("; ".join(note for note in notes if note))


def marker(key: str) -> str:
    """Identifies a task if the portal has no unique property for the key."""
    return f"[plimsoll:{key}]"
