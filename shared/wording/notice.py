"""The usage notice: neutral facts, their consequences, and what the reader can do (BP-11, BP-12,
R-033, R-036).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.messages import Facts, Kind
from shared.messages.facts import MeterFacts, PersonFacts
from shared.values.quantities import EXACT
from shared.values.roles import BUYERS
from shared.wording.amounts import pair_text
from shared.wording.catalogue import sentence
from shared.wording.language import language


@dataclass(frozen=True, slots=True)
class Notice:
    """`amounts`: `9,600/10,000 (96%)`. `sentence`: which threshold, unless the title says it.
    `options`: at least two for every reader, unless there is nothing left to do.
    """

    title: str
    named: str
    amounts: str
    sentence: str
    consequence: str
    reset: str
    options: tuple[str, ...]


def notice(kind: Kind, facts: Facts, role: str, locale: str) -> Notice:
    """The notice of a message about a meter. ValueError if the facts name none."""
    if facts.meter is None:
        raise ValueError("a usage notice needs a meter")
    variables = _variables(facts, facts.meter, locale)

    def say(key: str, **more: Any) -> str:
        return sentence(key, {**variables, **more}, locale) if key else ""

    gated, resolved = kind == "feature.gated", kind == "usage.resolved"
    return Notice(
        title=say(_title(kind, facts)),
        named=say("notice.amounts"),
        amounts=say("notice.amounts.gated" if gated else _amounts(facts)),
        sentence="" if gated or resolved else say(_sentence(facts)),
        consequence="" if resolved else say(_consequence(kind, facts, facts.meter)),
        reset=say("notice.period") if facts.period and facts.rate is None else "",
        options=()
        if resolved
        else (say(_use_less(kind, facts)), *_add(facts, role, locale), _ask(facts, role, locale)),
    )


def _amounts(facts: Facts) -> str:
    return "notice.share" if facts.rate is None else "notice.rate.share"


def _variables(facts: Facts, meter: MeterFacts, locale: str) -> dict[str, Any]:
    name = meter.name.ja if language(locale) == "ja" else meter.name.en
    pair = (
        pair_text(facts.used, facts.limit, meter.unit, locale)
        if facts.limit is not None
        else ("", "")
    )
    return {
        "shown_used": pair[0],
        "shown_limit": pair[1],
        "name": name[:1].upper() + name[1:],
        "meter": {"unit": meter.unit, "name": name},
        "used": facts.used,
        "limit": facts.limit,
        "percent": facts.percent,
        "threshold": facts.level,
        "rate": facts.rate,
        "time_zone": facts.account.time_zone,
        **({"end": facts.period.end.isoformat()} if facts.period else {}),
    }


def _title(kind: Kind, facts: Facts) -> str:
    """How much is used, without comment."""
    if kind in ("feature.gated", "usage.resolved"):
        return "notice.title.gated" if kind == "feature.gated" else "notice.title.resolved"
    if facts.rate is not None:
        return "notice.title.rate"
    if facts.level is None or (facts.limit is not None and facts.percent is None):
        return "notice.amounts"
    if facts.limit is None or facts.percent is None:
        return "notice.title.unlimited"
    if facts.again:
        return "notice.title.again"
    if facts.percent >= 100:
        return "notice.title.over" if facts.percent > 100 else "notice.title.full"
    return "notice.title.amount" if isinstance(facts.level, Decimal) else "notice.title.percent"


def _sentence(facts: Facts) -> str:
    """The threshold, unless the title already says it: it does for an amount, and at or above the
    limit.
    """
    if facts.rate is not None:
        return f"notice.rate.{_how_far(facts.used, facts.rate)}"
    if isinstance(facts.level, Decimal):
        return "notice.amount.passed" if facts.used > facts.level else ""
    if facts.level is None or not facts.limit or facts.percent is None:
        return ""
    reached = EXACT.divide(EXACT.multiply(facts.limit, Decimal(facts.level)), Decimal(100))
    how_far = _how_far(facts.used, reached)
    if facts.again:
        return f"notice.again.{how_far}"
    return "" if facts.level <= 100 <= facts.percent else f"notice.{how_far}"


def _how_far(used: Decimal, threshold: Decimal) -> str:
    return "passed" if used > threshold else "reached"


def _consequence(kind: Kind, facts: Facts, meter: MeterFacts) -> str:
    """What the limit does. Says that use stops only if the catalogue declares the limit hard."""
    if kind == "feature.gated":
        return "notice.gated"
    if facts.rate is not None:
        return "notice.rate"
    if facts.limit is None:
        return "notice.unlimited"
    reached = ".reached" if facts.used >= facts.limit else ""
    if meter.enforcement == "soft":
        return f"notice.soft{reached}"
    return f"notice.hard{'.period' if facts.period else ''}{reached}"


def _use_less(kind: Kind, facts: Facts) -> str:
    if kind == "feature.gated":
        return "option.less.gated"
    if facts.rate is not None:
        return "option.less.rate"
    return "option.less.period" if facts.period else "option.less"


def _add(facts: Facts, role: str, locale: str) -> tuple[str, ...]:
    """An add-on that gives more room, only by name, for those who may buy it; not if it is offered
    below.
    """
    if facts.add_on is None or facts.proposal is not None or role not in BUYERS:
        return ()
    return (sentence("option.add_on", {"item": facts.add_on.variable}, locale),)


def _ask(facts: Facts, role: str, locale: str) -> str:
    """A reader who may not buy is referred to the account's administrator, only by name; everyone
    else to the CSM. Without a name, the role is used.
    """
    if role not in BUYERS:
        return _named("option.ask.admin", facts.admin and PersonFacts(facts.admin.name), locale)
    return _named("option.ask", facts.owner, locale)


def _named(key: str, person: PersonFacts | None, locale: str) -> str:
    if person is None:
        return sentence(f"{key}.nobody", {}, locale)
    return sentence(key, {"person": {"name": person.name, "email": person.email}}, locale)
