"""Which of the two languages a reader gets, and how numbers, times and lists are formatted in
it.
"""

import re
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from shared.values.quantities import EXACT, plain

Language = Literal["ja", "en"]

_JAPANESE_SCRIPT = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")


def language(locale: str) -> Language:
    """`locale` is a BCP 47 tag ("ja-JP", "en-GB"); anything but Japanese gets English."""
    return "ja" if locale[:2].lower() == "ja" else "en"


def is_japanese(text: str) -> bool:
    """Whether a name is written with kana or kanji (プレミアム), not in Latin letters
    (Enterprise).
    """
    return bool(_JAPANESE_SCRIPT.search(text))


def babel_locale(locale: str) -> Locale:
    """The region's conventions if babel has them ("en-GB"), else those of the language."""
    spoken = language(locale)
    try:
        found = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale(spoken)
    return found if found.language == spoken else Locale(spoken)


def number_text(value: Decimal | int, locale: str) -> str:
    """Exact, with grouped thousands: `10,000`, `43.3`."""
    exact = Decimal(plain(Decimal(value)))
    with localcontext(EXACT):  # babel quantizes in the ambient context, which has 28 digits
        return format_decimal(
            exact, format="#,##0.#########", locale=babel_locale(locale), decimal_quantization=False
        )


def date_text(day: date, locale: str) -> str:
    """`2025年12月15日`, `December 15, 2025`, `15 December 2025` (en-GB)."""
    return format_date(day, "long", locale=babel_locale(locale))


def moment_text(moment: datetime, time_zone: str, locale: str) -> str:
    """A time in the reader's time zone: only the date at midnight, else the date, the time and the
    zone.
    """
    local = moment.astimezone(ZoneInfo(time_zone))
    if (local.hour, local.minute) == (0, 0):
        return date_text(local.date(), locale)
    at = format_time(local, "short", locale=babel_locale(locale)).replace("\u202f", " ")
    return f"{date_text(local.date(), locale)} {at} ({zone_text(local)})"


def zone_text(local: datetime) -> str:
    """`JST`, `UTC`, or `UTC+08` if the zone has no abbreviation."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def list_text(items: list[str], locale: str) -> str:
    """`SSO、監査ログ`; `SSO, audit log and data retention`."""
    return (
        "、".join(items)
        if language(locale) == "ja"
        else format_list(items, locale=babel_locale(locale))
    )


def brief_date_text(day: date, locale: str) -> str:
    """`16 Sep 2025`, `2025年9月16日`: for lists and tables."""
    if language(locale) == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday_text(day: date, locale: str) -> str:
    """`Tuesday 16 September`, `9月16日(火)`."""
    pattern = "M月d日(E)" if language(locale) == "ja" else "EEEE d MMMM"
    return format_date(day, pattern, locale=babel_locale(locale))


def time_text(local: datetime) -> str:
    """`09:02`."""
    return f"{local:%H:%M}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""CLDR writes `Sept` in some regions and versions."""
