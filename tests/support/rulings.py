"""Rules on a case like the shell, without a database: the decision, the resulting messages, and
their texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from services.notifier.addressing import Addressed, Reader, address
from services.notifier.channels.registry import KINDS
from services.notifier.messages import Notice, read
from services.trigger.accounts import Account, Person, Terms
from services.trigger.alerts.notices import Reading, threshold_notice
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.limits import Allowance
from services.trigger.proposals.effects.basis import Ruling
from services.trigger.proposals.effects.messages import messages
from shared.messages import Message, Tell
from shared.messages.facts import SaidFacts
from shared.values.periods import Period
from shared.wording import InboxText, inbox_text, mail_text, task_text
from tests.support.stories import Story

UNSUBSCRIBE = "https://usage.example.com/v1/unsubscribe/t0ken"


@dataclass(frozen=True)
class Told:
    """What a ruling sends, and to whom."""

    ruling: Ruling
    messages: tuple[Message, ...]

    @property
    def decision(self) -> Decision:
        return self.ruling.decision

    @property
    def tells(self) -> list[Notice]:
        """As the notifier receives them."""
        return [received(one) for one in self.messages if isinstance(one, Tell)]

    def inbox(self, contact: str = "c1", locale: str = "ja") -> list[InboxText]:
        return [
            inbox_text(row.kind, row.cls, row.facts.read(), self._role(contact), locale)
            for row in self._rows(contact, "in_app")
        ]

    def mails(self, contact: str = "c1", locale: str = "ja") -> list[str]:
        """Subject and text of each mail."""
        role = self._role(contact)
        mails = (
            mail_text(
                row.kind,
                row.cls,
                row.facts.read(),
                contact,
                role,
                locale,
                UNSUBSCRIBE if row.proposes else None,
            )
            for row in self._rows(contact, "email")
        )
        return [f"{mail.subject}\n{mail.text}" for mail in mails]

    def read_by(self, contact: str = "c1", locale: str = "ja") -> str:
        """All text for one contact, with the URLs of the buttons."""
        shown = (
            f"{item.title}\n{item.body}\n{item.action.url if item.action else ''}"
            for item in self.inbox(contact, locale)
        )
        return "\n".join((*shown, *self.mails(contact, locale)))

    def tasks(self, locale: str = "ja") -> list[str]:
        return [
            task_text(one.facts.read(), locale, one.task.due_at).body
            for one in self.tells
            if one.task is not None
        ]

    def due(self, contact: str = "c1") -> dict[str, datetime | None]:
        """By kind of message: when its mail is sent."""
        return {
            part.notification.kind: delivery.next_attempt_at
            for part in self._addressed()
            if part.notification.contact == contact
            for delivery in part.deliveries
            if delivery.channel == "email"
        }

    def _role(self, contact: str) -> str:
        return next(one.role for one in self.ruling.loaded.profile.contacts if one.id == contact)

    def _rows(self, contact: str, channel: str) -> list[Any]:
        parts = (part for part in self._addressed() if part.notification.contact == contact)
        return [
            part.notification
            for part in parts
            if channel in {one.channel for one in part.deliveries}
        ]

    def _addressed(self) -> list[Addressed]:
        readers = {one.id: Reader(one.role) for one in self.ruling.loaded.profile.contacts}
        return [
            part
            for tell in self.tells
            for part in address(tell, readers, KINDS.named(["email", "hubspot"]), self.decision.at)
        ]


def received(tell: Tell) -> Notice:
    """What the notifier reads of it."""
    found = read(msgspec.json.encode(tell))
    assert isinstance(found, Tell)
    return found


def as_read(said: Sequence[SaidFacts]) -> list[SaidFacts]:
    """Sentences as they are after the wire."""
    return msgspec.json.decode(msgspec.json.encode(said), type=list[SaidFacts])


def told(case: Case) -> Told:
    account = _with_addresses(case.facts.account)
    case = replace(case, facts=replace(case.facts, account=account))
    loaded = Loaded(Terms(account.time_zone, None, {}), case.catalog, case.facts)
    ruling = Ruling(loaded, Question.of(case), decide(case), _notice(case, loaded))
    return Told(ruling, messages(ruling))


def crossed(story: Story, meter: str, used: Any, threshold: int, **usage: Any) -> Told:
    """A meter newly reaches a threshold."""
    return told(story.crossing_case(meter, used, threshold, **usage))


def heard(story: Story, type_: str, **data: Any) -> Told:
    """A fact arrives now."""
    after, raised = story.raised(type_, **data)
    return told(after.case(type_, *raised))


def _with_addresses(account: Account) -> Account:
    return replace(account, csm=_with_address(account.csm), ae=_with_address(account.ae))


def _with_address(person: Person | None) -> Person | None:
    return person and replace(person, email=person.email or f"{person.id}@example.com")


def _notice(case: Case, loaded: Loaded) -> Tell | None:
    """As created by the watch for a newly reached threshold."""
    crossing, own = case.crossing, case.facts.subscription
    if crossing is None or own is None:
        return None
    usage, meter = case.facts.usage[crossing.meter], case.catalog.meters[crossing.meter]
    starts, ends = usage.period_start, usage.period_end
    period = None if meter.is_gauge or starts is None or ends is None else Period(starts, ends)
    allowed = Allowance(crossing.limit, (crossing.threshold,))
    reading = Reading(
        loaded.profile, own, case.catalog, case.catalog, meter, allowed, crossing.used, period
    )
    return threshold_notice(
        reading,
        crossing.threshold,
        crossing.alert,
        again=False,
        decision="d1",
        task="a1",
        now=case.at,
    )
