"""What a document is about, and how its parts are said in the reader's language."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from shared.catalog import Plan
from shared.catalog.types import Material
from shared.values.money import format_money
from shared.wording import sentence
from shared.wording.document import Figure, Link, Links, typed
from shared.wording.kinds import text_of


@dataclass(frozen=True, slots=True)
class Subject:
    """A deal, now. `context.language`: in which language, if not in the account's."""

    state: Opportunity
    context: Context

    @property
    def locale(self) -> str:
        return self.context.locale

    @property
    def target(self) -> Plan | None:
        return self.context.catalog.plans.get(self.state.to_plan)

    @property
    def own(self) -> Plan | None:
        """What they have; of a closed deal, what they had."""
        if self.state.is_closed and self.state.from_plan is not None:
            return self.context.catalog.plans.get(self.state.from_plan)
        return self.context.plan

    def say(self, key: str, **variables: Any) -> str:
        return sentence(key, variables, self.locale)

    def figure(self, key: str, value: str) -> Figure:
        return Figure(self.say(key), value)

    def money(self, amount: Decimal, currency: str | None = None) -> str:
        """Exactly: printed parts add up to printed sums."""
        return format_money(amount, currency or self.state.currency, self.locale, "exact")

    def day(self, day: date | str) -> str:
        return self.say("document.day.value", day=str(day))

    def plan(self, plan: Plan | None, id: str | None) -> str:
        """A plan's name; the id of one that is not sold any more."""
        if plan is None:
            return typed(id or "–")
        return text_of({"en": plan.name.en, "ja": plan.name.ja}, self.locale)

    def meter(self, id: str) -> str:
        """A meter's name at the beginning of a row: catalogues write it as within a sentence."""
        known = self.context.catalog.meters.get(id)
        return first_upper(typed(id if known is None else known.name.in_(self.locale)))

    def who(self, named: str | None) -> str:
        """A contact or one of our people by id; else the name that was given."""
        if named is None:
            return "–"
        contacts = {one.id: one.name for one in self.context.account.contacts}
        return typed(contacts.get(named) or self.context.name_of(named) or named)

    def links(self, kind: str) -> Links | None:
        """The catalogue's materials of one kind."""
        found = self.context.catalog.materials.get(kind, ())
        return Links(tuple(self._link(one) for one in found)) if found else None

    def _link(self, one: Material) -> Link:
        text = None if one.text is None else typed(one.text.in_(self.locale))
        return Link(typed(one.title.in_(self.locale)), one.url, text)


def first_upper(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:2].islower() else text
