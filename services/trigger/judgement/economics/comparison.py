"""Compares two plans using the catalogue, with the customer's needs marked (R-118, R-119, R-007).

Order: rows that answer a need; the plan's first feature, which names the product; rows that differ,
starting with what the present plan has; identical rows. Within each: features, limits, support.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from typing_extensions import TypedDict

from services.trigger.judgement.findings.needs import Wanted
from shared.catalog import Catalog, Plan, Support
from shared.catalog.differences import answers_faster
from shared.wording import labels
from shared.wording.kinds import text_of

Group = Literal["features", "security", "integrations", "limits", "support"]
CHANNELS, CSM, RESPONSE = "support.channels", "support.csm", "support.first_response"
_CSM_LEVELS = ("none", "assigned", "dedicated")
_BY_WEIGHT = ("feature.requested", "need.stated", "compliance.need", "team.growth", "ticket.opened")


class ComparisonCell(TypedDict):
    has: bool
    label: str


class ComparisonRow(TypedDict):
    """One feature, limit or kind of support in both plans.

    `need`: the customer's need that the target plan answers with it.
    """

    key: str
    group: Group
    current: ComparisonCell
    target: ComparisonCell
    need: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    has: bool
    label: str

    def json(self) -> ComparisonCell:
        return {"has": self.has, "label": self.label}


@dataclass(frozen=True, slots=True)
class Row:
    """`need`: the text of the need that the target plan answers with it."""

    key: str
    group: Group
    current: Cell
    target: Cell
    need: str | None = None

    @property
    def differs(self) -> bool:
        return self.current != self.target

    def json(self) -> ComparisonRow:
        return {
            "key": self.key,
            "group": self.group,
            "current": self.current.json(),
            "target": self.target.json(),
            "need": self.need,
        }


def compare(
    catalog: Catalog, current: Plan, target: Plan, needs: Iterable[Wanted], locale: str
) -> tuple[Row, ...]:
    """Every feature, limit and support row of either plan, with labels in the reader's language."""
    every = [
        *_features(catalog, current, target, locale),
        *_limits(catalog, current, target, locale),
        *_support(current, target, locale),
    ]
    told = _told(tuple(needs), locale)
    rows = [
        replace(row, need=told[row.key])
        if _answers(row, current, target) and row.key in told
        else row
        for row in every
    ]
    lead = current.features[0] if current.features else None
    return tuple(sorted(rows, key=lambda row: _place(row, lead)))


def _place(row: Row, lead: str | None) -> tuple[bool, bool, bool, bool]:
    return row.need is None, row.key != lead, not row.differs, not row.current.has


def _features(catalog: Catalog, current: Plan, target: Plan, locale: str) -> Iterable[Row]:
    for key in dict.fromkeys((*current.features, *target.features)):
        feature = catalog.features[key]
        label = feature.name.in_(locale)
        yield Row(
            key,
            feature.group,
            Cell(key in current.features, label),
            Cell(key in target.features, label),
        )


def _limits(catalog: Catalog, current: Plan, target: Plan, locale: str) -> Iterable[Row]:
    """For meters that both plans have: a plan sold before a meter existed says nothing about it."""
    named = current.limits.keys() & target.limits.keys()
    for key in catalog.meters:
        if key in named and (current.limit(key) != 0 or target.limit(key) != 0):
            yield Row(
                key,
                "limits",
                _limit(catalog, current, key, locale),
                _limit(catalog, target, key, locale),
            )


def _limit(catalog: Catalog, plan: Plan, key: str, locale: str) -> Cell:
    """A limit of 0 means "not in this plan": the row shows only the meter's name."""
    meter, limit = catalog.meters[key], plan.limit(key)
    name = {"en": meter.name.en, "ja": meter.name.ja}
    if limit == 0:
        return Cell(False, text_of(name, locale))
    return Cell(True, labels.limit_label(limit, meter.unit, name, locale))


def _support(current: Plan, target: Plan, locale: str) -> Iterable[Row]:
    own, other = current.support, target.support
    if own.channels or other.channels:
        yield Row(CHANNELS, "support", _channels(own, other, locale), _channels(other, own, locale))
    if (closest := max(own.csm, other.csm, key=_CSM_LEVELS.index)) != "none":
        label = labels.csm_label(closest, locale)
        yield Row(
            CSM, "support", Cell(own.csm == closest, label), Cell(other.csm == closest, label)
        )
    if own.first_response_hours is not None or other.first_response_hours is not None:
        yield Row(RESPONSE, "support", _response(own, other, locale), _response(other, own, locale))


def _channels(support: Support, other: Support, locale: str) -> Cell:
    return Cell(
        bool(support.channels), labels.channels_label(support.channels or other.channels, locale)
    )


def _response(support: Support, other: Support, locale: str) -> Cell:
    """The slower plan has no priority support; the faster one shows its response time in hours."""
    hours = support.first_response_hours
    if hours is None or answers_faster(other, support):
        return Cell(False, labels.priority_support_label(locale))
    return Cell(True, labels.sla_label(hours, locale))


def _answers(row: Row, current: Plan, target: Plan) -> bool:
    """Whether the target plan gives something in this row that the present one does not."""
    if row.key == RESPONSE:
        return answers_faster(target.support, current.support)
    if row.group == "limits":
        limit, own = target.limit(row.key), current.limit(row.key)
        return own is not None and (limit is None or limit > own)
    return row.target.has and not row.current.has


def _told(needs: tuple[Wanted, ...], locale: str) -> dict[str, str]:
    """Row key to the text of its need; if a row has several, the most specific one."""
    told: dict[str, str] = {}
    for need in sorted(
        needs,
        key=lambda need: (
            _BY_WEIGHT.index(need.source) if need.source in _BY_WEIGHT else len(_BY_WEIGHT)
        ),
    ):
        told.setdefault(RESPONSE if need.kind == "support" else need.key, _text(need, locale))
    return told


def _text(need: Wanted, locale: str) -> str:
    if need.kind == "support":
        return labels.urgent_label(need.count, locale)
    if need.source == "team.growth":
        return labels.growth_label(need.count, locale)
    return need.text if need.text else labels.asked_label(need.count, locale)
