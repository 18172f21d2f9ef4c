"""Days, times, numbers and money as a page writes them: short, in the reader's language and zone.

Pure. Values have the API's form: days and times are ISO 8601, money is an amount and a currency.
"""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from shared.values.money import format_money
from shared.wording.amounts import amount_text
from shared.wording.language import (
    brief_date_text,
    is_japanese,
    language,
    number_text,
    time_text,
    weekday_text,
    zone_text,
)

_STEPS = (
    (Decimal(10**18), "E"),
    (Decimal(10**15), "P"),
    (Decimal(10**12), "T"),
    (Decimal(10**9), "G"),
    (Decimal(10**6), "M"),
    (Decimal(10**3), "K"),
)


_WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z]+[A-Za-z]{2,}")


def tongue(text: object, locale: str) -> str:
    """The language of what somebody typed, by its letters, where it is plainly not the page's; else
    empty. A name of one word is nobody's.
    """
    typed, page = str(text), language(locale)
    if is_japanese(typed):
        return "" if page == "ja" else "ja"
    return "en" if page == "ja" and _WORDS.search(typed) else ""


def local(value: str | datetime, time_zone: str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(ZoneInfo(time_zone))


def day(value: str | date | datetime, locale: str, time_zone: str = "UTC") -> str:
    """`16 Sep 2025`, `2025年9月16日`."""
    if isinstance(value, str) and len(value) == len("2025-09-16"):
        value = date.fromisoformat(value)
    if isinstance(value, str | datetime):
        value = local(value, time_zone).date()
    return brief_date_text(value, locale)


def weekday(value: str | datetime, locale: str, time_zone: str) -> str:
    """`Tuesday 16 September`, `9月16日(火)`."""
    return weekday_text(local(value, time_zone).date(), locale)


def moment(value: str | datetime, locale: str, time_zone: str) -> str:
    """`16 Sep 2025 09:02 JST`."""
    there = local(value, time_zone)
    return f"{brief_date_text(there.date(), locale)} {time_text(there)} {zone_text(there)}"


def clock(value: str | datetime, time_zone: str) -> str:
    """`09:02`."""
    return time_text(local(value, time_zone))


def number(value: Decimal | int | str, locale: str) -> str:
    return number_text(Decimal(value), locale)


def whole(value: Decimal | int | str, locale: str) -> str:
    """Of a score of 100: rounded down."""
    return number_text(Decimal(value).quantize(Decimal(1), ROUND_DOWN), locale)


def brief_number(value: Decimal | int | str, locale: str) -> str:
    """In charts only: `9.6 K`."""
    amount = Decimal(value)
    for step, name in _STEPS:
        if abs(amount) >= step:
            cut = (amount / step).quantize(Decimal("0.1"), ROUND_DOWN).normalize()
            return f"{number_text(cut, locale)} {name}"
    return number_text(amount.quantize(Decimal("0.01"), ROUND_DOWN).normalize(), locale)


def percent(value: Decimal | int | str | None, locale: str) -> str:
    """Rounded down, so that nothing looks reached before it is; `–` where there is none."""
    if value is None:
        return "–"
    whole = Decimal(value).quantize(Decimal(1), ROUND_DOWN)
    return f"{number_text(whole, locale)}%" if language(locale) == "ja" else f"{whole} %"


def money(amount: Decimal | int | str | None, currency: str | None, locale: str) -> str:
    """`$15,000`, `360万円`; `–` where there is none."""
    if amount is None or currency is None:
        return "–"
    return format_money(Decimal(amount), currency, locale, "short")


def amount(
    value: Decimal | int | str, unit: str, like: Decimal | int | None = None, *, locale: str
) -> str:
    """Of a meter: bytes in the unit that fits `like`, the amount next to it."""
    beside = None if like is None else Decimal(like)
    return amount_text(Decimal(value), unit, locale, like=beside)


def in_words(value: str | datetime, now: datetime, locale: str) -> str:
    """How far away a time is: `in 2 h`, `3 d ago`. Only beside the exact time."""
    there = datetime.fromisoformat(value) if isinstance(value, str) else value
    ahead = there - now
    size = abs(ahead)
    japanese = language(locale) == "ja"
    if size < timedelta(minutes=1):
        return "今" if japanese else "now"
    if size < timedelta(hours=1):
        told = f"{size // timedelta(minutes=1)}{'分' if japanese else ' min'}"
    elif size < timedelta(days=1):
        told = f"{size // timedelta(hours=1)}{'時間' if japanese else ' h'}"
    else:
        told = f"{size.days}{'日' if japanese else ' d'}"
    if japanese:
        return f"{told}{'後' if ahead > timedelta(0) else '前'}"
    return f"in {told}" if ahead > timedelta(0) else f"{told} ago"
