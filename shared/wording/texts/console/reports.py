"""`/console/reports`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.reports_one import SHARED

SENTENCES = {
    **SHARED,
    "title": Sentence(ja="レポート", en="Reports"),
    "revenue": Sentence(ja="売上", en="Revenue"),
    "guardrails": Sentence(ja="ガードレール", en="Guardrails"),
    "plan": Sentence(ja="プラン", en="Plan"),
    "plans.all": Sentence(ja="すべてのプラン", en="All plans"),
    "tile.balance": Sentence(ja="売上とガードレール", en="Revenue and guardrails"),
    "tile.conversion": Sentence(ja="成約率", en="Conversion"),
    "tile.nrr": Sentence(ja="NRR", en="NRR"),
    "tile.time_to_upsell": Sentence(ja="アップセルまでの期間(中央値)", en="Median time to upsell"),
    "tile.retention": Sentence(ja="移行後の継続率", en="Retention after upgrade"),
    "tile.missed": Sentence(ja="ゲートで見送った提案", en="Offers held back by gates"),
    "tile.holdout": Sentence(ja="比較グループとの差", en="Uplift against the comparison group"),
    "held_back": Sentence(
        ja="{triggers:number}件中{held:number}件", en="{held:number} of {triggers:number}"
    ),
    "missed_n": Sentence(ja="見逃し{n:number}件", en="{n:number} missed"),
    "stays": Sentence(ja="下がっていない", en="not lower"),
    "leaves": Sentence(ja="ほかのお客様より低い", en="lower than others"),
    "how_counted": Sentence(ja="数え方", en="How it is counted"),
    "why": Sentence(ja="なぜ", en="Why"),
    "months": Sentence(ja="{n:number}か月", en="{n:number} month{n:s}"),
    "points": Sentence(ja="{n}ポイント", en="{n} points"),
    "answers": Sentence(ja="回答 {n:number}件", en="{n:number} answer{n:s}"),
    "empty.revenue": Sentence(
        ja="この期間に成約したアップセルはありません。", en="Nothing was won in this period."
    ),
    "group.working": Sentence(ja="うまくいっているか", en="Is it working?"),
    "group.brings": Sentence(ja="何をもたらすか", en="What does it bring?"),
    "group.customers": Sentence(ja="お客様はどうか", en="Do customers fare well?"),
    "group.offers": Sentence(ja="提案の効果か", en="Was it the offers?"),
}
