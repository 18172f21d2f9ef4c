"""An inbox item as the API and the stream show it, for the reader's current language and role."""

from typing import Any, Literal

from typing_extensions import TypedDict

from services.notifier.delivery.payload import number, threshold_view
from services.notifier.messages import KeptFacts
from shared.answers import Amount, MomentText, ThresholdShown
from shared.messages import Facts, MessageClass
from shared.messages.facts import PersonFacts, read_threshold
from shared.values.moments import iso
from shared.wording import InboxText, inbox_text
from shared.wording.language import language
from shared.wording.layout import Layout


class ActionShown(TypedDict):
    label: str
    url: str


class _Amounts(TypedDict):
    used: Amount | None
    limit: Amount | None
    percent: int | None
    period_end: MomentText | None


_Class = TypedDict("_Class", {"class": MessageClass})


class BarShown(TypedDict):
    """How much of the limit is used, for drawing, in percent of the limit.

    `full`: the percentage at the end of the bar. `mark`: the threshold, with its text `label`.
    """

    percent: int
    mark: int | None
    label: str
    full: int


class Parts(TypedDict):
    """The body in parts, for a layout of your own.

    Every text of the body is in one of these, or in the item's `consequence` or `options`.
    """

    amounts: str | None
    bar: BarShown | None
    sentence: str | None
    reset: str | None
    offer: list[str]
    assumed: str | None


class InboxItem(_Class, _Amounts):
    """A message in the reader's language. `action`: the button. `proposes`: the plan it offers.

    `resolved_at`: when a newer message replaced it (`replaced`), or its cause ended.
    """

    id: str
    kind: str
    severity: Literal["info", "warning", "critical"]
    title: str
    body: str
    meter: str | None
    threshold: ThresholdShown | None
    action: ActionShown | None
    created_at: MomentText
    seen_at: MomentText | None
    read_at: MomentText | None
    archived_at: MomentText | None
    resolved_at: MomentText | None
    replaced: bool
    parts: Parts
    consequence: str | None
    options: list[str]
    usage_url: str | None
    proposes: str | None
    lang: Literal["en", "ja"]


def item_view(row: Any) -> InboxItem:
    """`row`: as `services.notifier.inbox.inbox` returns it.

    The last fields repeat the text in parts, for clients with a layout of their own.
    """
    kept = KeptFacts(row.facts).asking(None if row.admin is None else PersonFacts(row.admin))
    facts = (kept.without_offer() if row.plain or row.proposes is None else kept).read()
    words = inbox_text(row.kind, row.cls, facts, row.role, row.locale)
    return {
        "id": row.id,
        "kind": row.kind,
        "class": row.cls,
        "severity": words.severity,
        "title": words.title,
        "body": words.body,
        "meter": row.meter,
        "threshold": threshold_view(read_threshold(row.threshold)),
        **_amounts(row.meter, facts),
        "action": _action(words),
        "created_at": iso(row.created_at),
        "seen_at": iso(row.seen_at),
        "read_at": iso(row.read_at),
        "archived_at": iso(row.archived_at),
        "resolved_at": iso(row.resolved_at),
        "replaced": row.replaced,
        "parts": _parts(words.parts),
        "consequence": words.parts.consequence or None,
        "options": list(words.parts.options),
        "usage_url": words.usage_url,
        "proposes": None if row.plain else row.proposes,
        "lang": language(row.locale),
    }


def _amounts(meter: str | None, facts: Facts) -> _Amounts:
    return {
        "used": None if meter is None else number(facts.used),
        "limit": number(facts.limit),
        "percent": facts.percent,
        "period_end": None if facts.period is None else iso(facts.period.end),
    }


def _action(words: InboxText) -> ActionShown | None:
    return None if words.action is None else {"label": words.action.label, "url": words.action.url}


def _parts(parts: Layout) -> Parts:
    bar = parts.bar
    return {
        "amounts": parts.amounts or None,
        "bar": None
        if bar is None
        else {"percent": bar.percent, "mark": bar.mark, "label": bar.label, "full": bar.full},
        "sentence": parts.sentence or None,
        "reset": parts.reset or None,
        "offer": list(parts.offer),
        "assumed": parts.assumed or None,
    }
