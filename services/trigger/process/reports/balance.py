"""Revenue and satisfaction side by side, for each play and as a whole (R-232)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Flag, Question, Row
from services.trigger.process.figures.exact import is_low, percent, ratio, rounded
from services.trigger.process.reports.attribution import Attributed
from shared.values.money import money_text

HARM = Decimal("-0.5")
"""A fall of the mean NPS that says that revenue costs satisfaction."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How a play's proposals of the period were received. `scores`: NPS before and after one."""

    scores: Sequence[tuple[int, int]] = ()
    sent: int = 0
    complaints: int = 0
    unsubscribes: int = 0
    helpful: int = 0
    unwanted: int = 0

    def __add__(self, other: "Answers") -> "Answers":
        both = {
            one.name: getattr(self, one.name) + getattr(other, one.name)
            for one in fields(self)
            if one.name != "scores"
        }
        return Answers(scores=(*self.scores, *other.scores), **both)


@dataclass(frozen=True, slots=True)
class Play:
    """What a play's proposals led to and how they were received; or, for the whole, all of them.

    `won`, `won_before`: ARR won in the period and in the one before, by currency.
    """

    won: Mapping[str, Decimal] = field(default_factory=dict)
    won_before: Mapping[str, Decimal] = field(default_factory=dict)
    answers: Answers = Answers()

    @property
    def moved(self) -> Fraction | None:
        """How much the mean score rose."""
        scores = self.answers.scores
        return ratio(sum(after - before for before, after in scores), len(scores))


def report(
    now: Sequence[Attributed],
    before: Sequence[Attributed],
    answers: Mapping[str, Answers],
    question: Question,
) -> Figures:
    """`now`, `before`: the upsells of the period and of the one before. `answers`: by play."""
    won, won_before = _won(now), _won(before)
    names = {*won, *won_before, *answers} - {None}
    plays = {
        name: Play(won.get(name, {}), won_before.get(name, {}), answers.get(name, Answers()))
        for name in names
        if name is not None
    }
    whole = Play(_summed(won), _summed(won_before), sum(answers.values(), Answers()))
    unknown = {one.move.upsell.account for one in now if one.move.upsell.amount is None}
    return compared(plays, whole, len(unknown), question)


def _won(found: Iterable[Attributed]) -> Mapping[str | None, Mapping[str, Decimal]]:
    """By play, and currency; None: credited to no proposal."""
    sums: defaultdict[str | None, dict[str, Decimal]] = defaultdict(dict)
    for one in found:
        play = one.credited.play if one.credited else None
        upsell = one.move.upsell
        if upsell.amount is not None:
            sums[play][upsell.currency] = upsell.amount + sums[play].get(
                upsell.currency, Decimal(0)
            )
    return sums


def _summed(won: Mapping[str | None, Mapping[str, Decimal]]) -> Mapping[str, Decimal]:
    whole: defaultdict[str, Decimal] = defaultdict(Decimal)
    for sums in won.values():
        for currency, amount in sums.items():
            whole[currency] += amount
    return whole


def compared(plays: Mapping[str, Play], whole: Play, unknown: int, question: Question) -> Figures:
    """`whole`: also upsells that no proposal is credited with."""
    rows = [
        {"play": name, **row}
        for name in sorted(plays)
        for row in _rows(plays[name], question.currency)
    ]
    totals = _rows(whole, question.currency)
    flagged = [name for name in sorted(plays) if _is_harmful(plays[name])]
    flags = [Flag("revenue_over_satisfaction", _said(name, plays[name])) for name in flagged]
    if _is_harmful(whole) and not flags:
        flags = [Flag("revenue_over_satisfaction", _said(None, whole))]
    first = totals[0] if len(totals) == 1 else {**totals[0], **dict.fromkeys(_MONEY)}
    return Figures(rows, {**first, "currencies": totals, "unknown": unknown}, flags)


_MONEY = ("currency", "won_year", "change_percent")


def _rows(play: Play, currency: str | None) -> list[Row]:
    """One per currency; one without where nothing was won."""
    currencies = sorted(key for key in {*play.won, *play.won_before} if currency in (None, key))
    satisfaction = _satisfaction(play)
    if not currencies:
        return [{"currency": currency, "won_year": None, "change_percent": None} | satisfaction]
    return [
        {
            "currency": key,
            "won_year": money_text(play.won.get(key, Decimal(0)), key),
            "change_percent": percent(_change(play, key), play.won_before.get(key, 0)),
        }
        | satisfaction
        for key in currencies
    ]


def _change(play: Play, currency: str) -> Fraction:
    before = Fraction(play.won_before.get(currency, Decimal(0)))
    return Fraction(play.won.get(currency, Decimal(0))) - before


def _satisfaction(play: Play) -> Row:
    told = play.answers
    return {
        "nps_delta": None if play.moved is None else rounded(play.moved),
        "n": len(told.scores),
        "complaint_percent": percent(told.complaints, told.sent),
        "unsubscribe_percent": percent(told.unsubscribes, told.sent),
        "helpful_percent": percent(told.helpful, told.helpful + told.unwanted),
        "low_n": is_low(told.sent),
    }


def _is_harmful(play: Play) -> bool:
    """Whether revenue rose in any currency while satisfaction fell."""
    rose = any(
        play.won_before.get(key) and _change(play, key) > 0 for key in {*play.won, *play.won_before}
    )
    return rose and play.moved is not None and play.moved <= Fraction(HARM)


def _said(name: str | None, play: Play) -> Mapping[str, object]:
    return {
        "play": name,
        "delta": rounded(play.moved or Fraction(0)),
        "n": len(play.answers.scores),
    }
