"""`/console/reports`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.reports_one import SHARED

SENTENCES = {
    **SHARED,
    "title": Sentence(ja="レポート", en="Reports"),
    "revenue": Sentence(ja="売上", en="Revenue"),
    "guardrails": Sentence(ja="ガードレール", en="Guardrails"),
    "answers": Sentence(ja="回答 {n:number}件", en="{n:number} answers"),
    "empty.revenue": Sentence(
        ja="この期間に成約したアップセルはありません。", en="Nothing was won in this period."
    ),
    "group.working": Sentence(ja="うまくいっているか", en="Is it working?"),
    "group.brings": Sentence(ja="何をもたらすか", en="What does it bring?"),
    "group.customers": Sentence(ja="お客様はどうか", en="Do customers fare well?"),
    "group.offers": Sentence(ja="提案の効果か", en="Was it the offers?"),
}
