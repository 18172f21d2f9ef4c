"""What was shown to a customer: entry `asset`."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from services.trigger.process.bodies import Day, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entry_type import EntryType
from shared.values.bodies import Body
from shared.values.web_address import read_address


class AssetEntry(Body):
    """`held_on`: the day of a meeting, a call or a demo."""

    type: Literal["asset"]
    kind: Literal["demo", "doc", "case_study", "reference", "meeting", "call"]
    title: Title
    url: Annotated[str, AfterValidator(read_address)] | None = None
    held_on: Day | None = None


def _shown(state: Opportunity, _context: Context) -> dict[str, Any]:
    return {"assets": [dict(entry.body) for entry in state.of("asset")]}


ASSET = EntryType("asset", AssetEntry, shows=_shown)
