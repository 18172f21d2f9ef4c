"""A tab of an opportunity: read with what all tabs choose from, shown, appended to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import deal_pages, render
from services.console.addresses import of
from services.console.ask import Answered, Asker, Part
from services.console.deal_pages import Deal
from services.console.form_values import Typed
from services.console.login.forms.fields import Fields
from services.console.login.reader import Reader
from services.console.render import Trouble
from services.console.views import deal_entries, opportunities_one
from services.console.views.deal_entries import Things
from shared.web import Problem
from shared.web.dependencies import current_context


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tab is shown from. `parts`: what it alone asks for."""

    deal: Deal
    things: Things
    typed: Typed
    parts: Mapping[str, Part]


View = Callable[[Asked], dict[str, Any]]
Also = Callable[[Deal], Mapping[str, Awaitable[Answered]]]
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tab:
    """One request for a tab. `also`: what else its view needs."""

    request: Request
    id: str
    reader: Reader
    ask: Asker
    name: str
    view: View
    also: Also = lambda _deal: {}

    async def shown(self, refused: Answered | None = None, form: Fields | None = None) -> Response:
        """`refused`: the page again, with why, and with what was typed."""
        deal = await deal_pages.read(self.ask, self.id)
        parts = await self.ask.parts(catalog=self.ask.catalog(), **self.also(deal))
        typed = Typed.of(form.values if form else None)
        things = deal_entries.things(parts["catalog"].ready, self.reader.language)
        asked = Asked(deal, things, typed, parts)
        stale = refused is not None and refused.status == 412
        appended = deal_pages.since(deal.entries, form) if stale else []
        return render.page(
            self.request,
            self.reader,
            f"opportunities_{self.name}",
            {
                **self._frame(deal, sent=form is not None),
                "typed": typed,
                "things": things,
                "appended": [opportunities_one.shown(one) for one in appended],
                **self.view(asked),
            },
            status=200 if refused is None else refused.status,
            troubles=troubles(refused),
        )

    async def append(self, entry: Entry | None, form: Fields, said: str = "saved") -> Response:
        if entry is None:
            raise Problem(404, "There is nothing at this address.")
        answered = await deal_pages.append(self.ask, self.id, entry, form)
        if answered.ok:
            return deal_pages.done(form, of("opportunities", self.id, self.name), said)
        return await self.shown(answered, form)

    def _frame(self, deal: Deal, *, sent: bool) -> dict[str, Any]:
        """`sent`: a form was refused, which is shown again whoever may write by now."""
        now = current_context(self.request).clock.now()
        leads = bool(self.reader.roles & {"manager", "admin"})
        is_owner = deal.found["owner"]["id"] == self.reader.person_id
        is_open = deal.found["closed_at"] is None
        return {
            **opportunities_one.frame(deal.found, self.name, deal.name, now),
            "here": of("opportunities", self.id, self.name),
            "locale": deal.locale,
            "contacts": deal.contacts,
            "writes": sent or (is_open and (leads or is_owner)),
            "leads": leads and is_open,
            "records": sent or (is_open and self.reader.may("facts:write")),
        }


def troubles(refused: Answered | None) -> list[Trouble]:
    if refused is None:
        return []
    return [
        Trouble(deal_entries.field_of(one.field), one.reason)
        for one in render.refusal(refused.status, refused.faults)
    ]
