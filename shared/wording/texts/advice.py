"""Why a plan is recommended, in one line (R-103, R-119)."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "advice.solves": Sentence(
        ja="{plan:bare}は{things:list}に応えます。",
        en="{plan:bare} answers {things:list}.",
    ),
    "advice.later": Sentence(
        ja="{things:list}は{plan:bare}に含まれます。",
        en="Only with {plan:bare}: {things:list}.",
    ),
    "advice.next": Sentence(
        ja="{plan:bare}は次の段階のプランです。ご要望はまだ記録されていません。",
        en="{plan:bare} is the next step. No need is recorded yet.",
    ),
    "advice.add_on": Sentence(
        ja="{item:item}を追加すれば、{things:list}が足ります。",
        en="Adding {item:item} is enough for {things:list}.",
    ),
    "advice.top": Sentence(ja="すでに最上位のプランです。", en="This is the highest plan already."),
    "advice.path": Sentence(
        ja="{meter:name} {used:share} → {plan:bare}", en="{meter:name} {used:share} → {plan:bare}"
    ),
    "advice.none": Sentence(ja="ご契約中のプランがありません。", en="There is no plan yet."),
    "advice.faster_support": Sentence(ja="より早いサポート", en="faster support"),
}
