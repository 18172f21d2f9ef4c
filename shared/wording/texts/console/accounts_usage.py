"""`/console/accounts/{id}/usage`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="利用状況", en="Usage"),
    "from": Sentence(ja="開始日", en="From"),
    "to": Sentence(ja="終了日", en="To"),
    "step": Sentence(ja="間隔", en="Step"),
    "step.any": Sentence(ja="自動", en="Automatic"),
    "step.hour": Sentence(ja="1時間ごと", en="Hours"),
    "step.day": Sentence(ja="1日ごと", en="Days"),
    "at": Sentence(ja="日時", en="At"),
    "used": Sentence(ja="利用量", en="Used"),
    "points": Sentence(
        ja="n = {n:number} · {first}〜{last}", en="n = {n:number} · {first} – {last}"
    ),
    "level": Sentence(ja="{n}%", en="{n} %"),
    "per_hour": Sentence(ja="1時間に{amount}", en="{amount} an hour"),
    "finding": Sentence(ja="{name}: {limit}中{used}", en="{name}: {used} of {limit}"),
    "finding.unlimited": Sentence(ja="{name}: {used}(無制限)", en="{name}: {used}, unlimited"),
    "plan_changes": Sentence(ja="プランの変更", en="Changes of plan"),
    "alerts": Sentence(ja="アラート", en="Alerts"),
    "empty.usage": Sentence(
        ja="この期間の利用はまだありません。この計測項目のイベントが届くと表示されます。",
        en="Nothing was used in this period. Events of this meter would fill it.",
    ),
}
