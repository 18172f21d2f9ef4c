"""The table of types: what may stand in the log of an opportunity. A new type is a row here."""

from collections.abc import Mapping

from services.trigger.process.deals.opportunity import routed, with_reason
from services.trigger.process.handoff.entries import HANDOFF
from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.messages import MESSAGE
from services.trigger.process.offers import APPROVE, LINE
from services.trigger.process.ownership import OWNER, SPLIT
from services.trigger.process.proposal.entry import PROPOSE, WITHDRAW
from services.trigger.process.proposal.states import PROPOSAL
from services.trigger.process.remarks import LINK, NEXT_STEP, NOTE, STAKEHOLDER
from services.trigger.process.stages import MOVE
from services.trigger.process.talk.approval import APPROVAL
from services.trigger.process.talk.assets import ASSET
from services.trigger.process.talk.business_case import VALUE
from services.trigger.process.talk.objections import OBJECTION, OUTCOME, REPLY
from services.trigger.process.talk.questions import ANSWER
from services.trigger.process.talk.steps import STEP
from services.trigger.process.talk.wants import NEED
from services.trigger.process.trials.entries import CRITERION, END_TRIAL, TRIAL

OPPORTUNITY: tuple[EntryType, ...] = (
    EntryType("opened"),
    EntryType("reason", apply=with_reason),
    EntryType("route", apply=routed),
    PROPOSAL,
    MOVE,
    PROPOSE,
    WITHDRAW,
    LINE,
    APPROVE,
    OWNER,
    SPLIT,
    NOTE,
    MESSAGE,
    HANDOFF,
    STAKEHOLDER,
    LINK,
    NEXT_STEP,
    ANSWER,
    STEP,
    ASSET,
    TRIAL,
    END_TRIAL,
    CRITERION,
    NEED,
    VALUE,
    OBJECTION,
    REPLY,
    OUTCOME,
    APPROVAL,
)
TYPES: Mapping[str, EntryType] = {one.name: one for one in OPPORTUNITY}
