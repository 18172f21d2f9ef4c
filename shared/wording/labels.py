"""Labels of a comparison's rows: features, limits, support, and the need that a row answers (R-118,
R-119).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from shared.wording.amounts import limit_text
from shared.wording.kinds import text_of
from shared.wording.language import language
from shared.wording.sentence import Sentence

_CHANNELS = {"phone": ("電話", "phone"), "email": ("メール", "email"), "chat": ("チャット", "chat")}
_CSM = {
    "none": Sentence(ja="専任CSM", en="dedicated CSM"),
    "assigned": Sentence(ja="担当CSM", en="assigned CSM"),
    "dedicated": Sentence(ja="専任CSM", en="dedicated CSM"),
}
_CHANNELS_SENTENCE = Sentence(ja="{channels:name}サポート", en="{channels:name} support")
_SLA = Sentence(ja="{hours:number}時間SLA", en="{hours:number}-hour SLA")
_PRIORITY = Sentence(ja="優先サポート", en="priority support")
_ASKED = Sentence(ja="ご要望{count:number}回", en="asked for {count:number} times")
_ASKED_ONCE = Sentence(ja="ご要望1回", en="asked for once")
_GROWTH = Sentence(ja="新しいメンバー{count:number}人", en="{count:number} people joining")
_URGENT = Sentence(ja="急ぎのお問い合わせ{count:number}件", en="{count:number} urgent requests")


def limit_label(limit: Decimal | None, unit: str, name: Mapping[str, str], locale: str) -> str:
    """`25ユーザー`, `無制限ユーザー`, `ストレージ容量 100 GB`; `25 users`."""
    return limit_text(limit, unit, text_of(name, locale), locale)


def channels_label(channels: Iterable[str], locale: str) -> str:
    """`メールサポート`, `電話+メール+チャットサポート`: phone before e-mail before chat, then
    others.
    """
    given = list(channels)
    order = [
        *(name for name in _CHANNELS if name in given),
        *(name for name in given if name not in _CHANNELS),
    ]
    spoken = 0 if language(locale) == "ja" else 1
    joined = "+".join(_CHANNELS[name][spoken] if name in _CHANNELS else name for name in order)
    return _CHANNELS_SENTENCE.say({"channels": joined}, locale)


def csm_label(csm: str, locale: str) -> str:
    """`専任CSM` also labels the row in which a plan has none."""
    return _CSM[csm].say({}, locale)


def sla_label(hours: Decimal | int, locale: str) -> str:
    """`4時間SLA`."""
    return _SLA.say({"hours": hours}, locale)


def priority_support_label(locale: str) -> str:
    return _PRIORITY.say({}, locale)


def asked_label(count: int, locale: str) -> str:
    """`ご要望3回`: why a row comes first."""
    return (_ASKED_ONCE if count == 1 else _ASKED).say({"count": count}, locale)


def growth_label(count: int, locale: str) -> str:
    return _GROWTH.say({"count": count}, locale)


def urgent_label(count: int, locale: str) -> str:
    return _URGENT.say({"count": count}, locale)
