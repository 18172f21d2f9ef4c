"""Entries of a log, who wrote them, what is asked, and the answers of `log.append`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.trigger.accounts import Trial
from services.trigger.process.people import Person
from services.trigger.proposals.quotes import Quote
from shared.messages import Message, Priority
from shared.messages.facts import TaskFacts, Worded
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.identity import identity
from shared.values.moments import iso

Kind = Literal["opportunity", "task"]
ByKind = Literal["person", "key", "plimsoll"]
Ending = Literal["success", "no_success", "invalid"]
"""How a task ends."""


@dataclass(frozen=True, slots=True)
class By:
    """Who wrote an entry. `id`: the person, the key's name, or which part of Plimsoll."""

    kind: ByKind
    id: str


JUDGEMENT = By("plimsoll", "judgement")
SUBSCRIPTION = By("plimsoll", "subscription")
TIMER = By("plimsoll", "timer")
ANSWER = By("plimsoll", "answer")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `person` None: a key that acts as itself and may do everything."""

    by: By
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`body` is JSON: amounts as text, moments in ISO 8601."""

    id: str
    seq: int
    type: str
    at: datetime
    by: By
    body: Mapping[str, Any]

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "seq": self.seq,
            "type": self.type,
            "at": iso(self.at),
            "by": {"kind": self.by.kind, "id": self.by.id},
            "body": dict(self.body),
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is still to be appended. `by` None: by whoever wrote the entry before."""

    type: str
    body: Mapping[str, Any]
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to append. `revision`: the newest they have seen; None: any."""

    body: Body
    actor: Actor
    revision: int | None = None
    first: "First | None" = None

    @property
    def type(self) -> str:
        return str(getattr(self.body, "type"))  # noqa: B009 # each body has a literal of its own


@dataclass(frozen=True, slots=True)
class First:
    """What was stored under the same key. `same`: the bodies are equal, too."""

    entry: Entry
    same: bool


@dataclass(frozen=True, slots=True)
class Refused:
    status: Literal[403, 409, 412, 422]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The same key and body: the first answer, again."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class TimerSet:
    """Fires once at `at`, under `name` and `key`: the log's id if none is given."""

    name: str
    at: datetime
    key: str | None = None


@dataclass(frozen=True, slots=True)
class TimerDropped:
    """What `TimerSet` of the same name and key asked for is not wanted any more."""

    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class MailAsked:
    """A mail to these contacts that one of our people signs: whoever owns the deal when it is sent,
    else `signer`. Once per `key`, however often it is asked for.

    `subject`, `body`: as written, or sentences in the reader's language. `cls` `proposal`: it waits
    for business hours, and not for those who refuse offers. `copy_to`: a person's id.
    """

    kind: Literal["person.message", "handoff.intro"]
    cls: Literal["notice", "proposal"]
    contacts: tuple[str, ...]
    subject: Worded
    body: tuple[Worded, ...]
    key: str
    not_before: datetime | None = None
    signer: str | None = None
    copy_to: str | None = None


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message to the notifier, complete as it is."""

    message: Message


def next_id(log: str, revision: int) -> str:
    """The id of the entry after this revision: mails are asked for by it."""
    return identity("entry", log, revision + 1)


@dataclass(frozen=True, slots=True)
class TrialKept:
    """How a trial stands: what the account may use, for as long as it is not over."""

    trial: Trial
    state: str
    criteria: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class QuoteGiven:
    """What a switch costs now, promised for a day."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class TaskOpened:
    """A task of the account is there to do, or to do more urgently if it is open already.

    `reason`, `about`: of `process/tasks/reasons.py`, which says what is left out: whose it is (a
    person's id), how urgent, until when. `words`: the five lines.
    """

    reason: str
    about: str
    words: TaskFacts
    owner: str | None = None
    priority: Priority | None = None
    due_at: datetime | None = None
    decision: str | None = None
    opportunity: str | None = None
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """The open task of this reason has nothing left to do; without one nothing follows."""

    reason: str
    about: str
    outcome: Ending


@dataclass(frozen=True, slots=True)
class TaskGiven:
    """The open task of this reason is this person's from now on; without one nothing follows."""

    reason: str
    about: str
    role: Literal["cs", "sales"]
    owner: str | None
    name: str | None


Effect = (
    TimerSet
    | TimerDropped
    | MailAsked
    | MessageSent
    | TrialKept
    | QuoteGiven
    | TaskOpened
    | TaskEnded
    | TaskGiven
)
"""What follows outside the log: a value that the shell carries out."""


@dataclass(frozen=True, slots=True)
class Follows:
    """What an entry causes by itself: further entries, effects."""

    drafts: tuple[Draft, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What an entry comes to: its stored body, further entries, effects."""

    body: Mapping[str, Any]
    also: tuple[Draft, ...] = ()
    effects: tuple[Effect, ...] = field(default_factory=tuple)
