"""What the step is worth, as it was computed together with the customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.trigger.judgement.economics.value import INPUTS, value_case
from services.trigger.judgement.facts import intake, types
from services.trigger.judgement.facts.record import Stated
from services.trigger.judgement.shapes import ValueCaseShown
from services.trigger.process.documents.subject import Subject
from services.trigger.process.log.entries import Entry
from services.trigger.process.talk import business_case
from shared.values.periods import local_date
from shared.wording import sentence
from shared.wording.document import Note


@dataclass(frozen=True, slots=True)
class Worth:
    """`version`, `day`: which of the deal's value cases it is, and of which day. `shown` None: the
    figures are known, and no price to compare them with.
    """

    stated: Stated
    shown: ValueCaseShown | None
    lines: tuple[str, ...]
    day: date
    version: int | None = None

    @property
    def benefit(self) -> Decimal:
        return Decimal(self.shown["benefit"]["year"]) if self.shown else Decimal(0)

    @property
    def cost(self) -> Decimal:
        return Decimal(self.shown["cost"]["year"]) if self.shown else Decimal(0)

    @property
    def assumed(self) -> tuple[str, ...]:
        """Inputs that nobody stated or measured."""
        if self.stated.assumed:
            return self.stated.assumed
        return INPUTS if self.stated.source == "assumed" else ()

    def is_clear(self, multiple: Decimal) -> bool:
        """R-117: by the printed figures, not by the rounded multiple."""
        if self.shown is None:
            return False
        return self.cost <= 0 or self.benefit >= self.cost * multiple


def worth(of: Subject) -> Worth | None:
    """The newest value case of the deal; before its first one, what the account has stated."""
    entries = list(of.state.of("value"))
    return _of_entry(entries[-1], of) if entries else _of_account(of)


def _of_entry(entry: Entry, of: Subject) -> Worth:
    data = types.read("value.stated", business_case.figures_of(entry))
    assert isinstance(data, types.ValueStated), "it was one when it was stored"
    shown: ValueCaseShown | None = entry.body["value"]
    return Worth(
        intake.stated_of(data, entry.at, entry.id),
        shown,
        tuple(business_case.in_words(entry, of.context)) if shown else (),
        local_date(entry.at, of.context.account.time_zone),
        entry.body["version"],
    )


def _of_account(of: Subject) -> Worth | None:
    question = of.context.question
    stated = question.facts.record.stated
    if stated is None:
        return None
    step = question.next_plan is not None and question.next_plan.id == of.state.to_plan
    case = value_case(question) if step else None
    day = local_date(stated.at, of.context.account.time_zone)
    if case is None:
        return Worth(stated, None, (), day)
    return Worth(stated, case.json(of.locale), case.lines(of.locale), day)


def remarks(found: Worth, of: Subject) -> Iterator[Note]:
    """What a reader has to know of the figures: what was assumed, and what they stand for."""
    if found.assumed:
        names = [of.say(f"document.input.{name}") for name in found.assumed]
        yield Note(sentence("value.basis", {"inputs": names}, of.locale))
    running = of.context.question.facts.subscription
    if running is not None and running.quantity > 1 and found.shown is not None:
        yield Note(of.say("document.unit", quantity=running.quantity))
