"""`/console/decisions/{id}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.tasks import NEXT_STEP

SENTENCES = {
    **{name: one for name, one in NEXT_STEP.items() if name.startswith("remedy.")},
    "title.not": Sentence(ja="{name}に提案しなかった理由", en="Why {name} got no offer"),
    "title.offered": Sentence(ja="{name}に提案した理由", en="Why {name} got an offer"),
    "title": Sentence(ja="判定", en="Decision"),
    "because": Sentence(ja="提案しない理由", en="No offer was made because"),
    "again_on": Sentence(ja="次の判定:", en="Decided again on"),
    "failed": Sentence(
        ja="判断できませんでした。通知は影響を受けません。自動でやり直されます。",
        en="It could not be decided. Notices do not depend on it; it is tried again by itself.",
    ),
    "signals": Sentence(ja="きっかけ:", en="Signals:"),
    "instead": Sentence(ja="代わりに行うこと", en="Done instead"),
    "notice": Sentence(
        ja="利用状況の通知は送られました: {name}、宛先{n:number}名",
        en="The usage notice went out: {name}, to {n:number} contact{n:s}",
    ),
    "messages": Sentence(ja="送られた通知", en="Messages that went out"),
    "gates": Sentence(ja="{n:number}の関門", en="{n:number} gate{n:s}"),
    "json": Sentence(ja="JSON", en="JSON"),
    "owner_is.cs": Sentence(ja="カスタマーサクセス", en="customer success"),
    "owner_is.sales": Sentence(ja="営業", en="Sales"),
    "owner_is.hybrid": Sentence(ja="CSと営業", en="CS and Sales"),
    "owner_is.self_serve": Sentence(ja="セルフサービス", en="self-serve"),
}
