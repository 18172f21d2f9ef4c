"""Revenue and satisfaction side by side, for each play and as a whole (R-232)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Flag, Question, Row
from services.trigger.process.figures.exact import is_low, percent, ratio, rounded
from shared.values.money import money_text

HARM = Decimal("-0.5")
"""A fall of the mean NPS that says that revenue costs satisfaction."""


@dataclass(frozen=True, slots=True)
class Play:
    """What a play's proposals of the period led to; or, for the whole, all of them.

    `won`, `won_before`: ARR won in the period and in the one before, by currency. `scores`: NPS
    before and after a proposal. The counts are of proposals sent and of answers in the period.
    """

    won: Mapping[str, Decimal] = field(default_factory=dict)
    won_before: Mapping[str, Decimal] = field(default_factory=dict)
    scores: Sequence[tuple[int, int]] = ()
    sent: int = 0
    complaints: int = 0
    unsubscribes: int = 0
    helpful: int = 0
    unwanted: int = 0

    @property
    def moved(self) -> Fraction | None:
        """How much the mean score rose."""
        return ratio(sum(after - before for before, after in self.scores), len(self.scores))


def report(plays: Mapping[str, Play], whole: Play, question: Question) -> Figures:
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
    return Figures(rows, {**first, "currencies": totals}, flags)


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
    return {
        "nps_delta": None if play.moved is None else rounded(play.moved),
        "n": len(play.scores),
        "complaint_percent": percent(play.complaints, play.sent),
        "unsubscribe_percent": percent(play.unsubscribes, play.sent),
        "helpful_percent": percent(play.helpful, play.helpful + play.unwanted),
        "low_n": is_low(play.sent),
    }


def _is_harmful(play: Play) -> bool:
    """Whether revenue rose in any currency while satisfaction fell."""
    rose = any(
        play.won_before.get(key) and _change(play, key) > 0 for key in {*play.won, *play.won_before}
    )
    return rose and play.moved is not None and play.moved <= Fraction(HARM)


def _said(name: str | None, play: Play) -> Mapping[str, object]:
    return {"play": name, "delta": rounded(play.moved or Fraction(0)), "n": len(play.scores)}
