"""`/console/help`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="ヘルプ", en="Help"),
    "keys": Sentence(ja="キーボード操作", en="Keys"),
    "keys.off": Sentence(ja="オフにできます:", en="They can be switched off:"),
    "key.search": Sentence(ja="検索欄へ", en="to the search field"),
    "key.palette": Sentence(ja="移動・検索の窓", en="go to or search"),
    "key.today": Sentence(ja="今日", en="Today"),
    "key.accounts": Sentence(ja="顧客", en="Accounts"),
    "key.pipeline": Sentence(ja="パイプライン", en="Pipeline"),
    "key.reports": Sentence(ja="レポート", en="Reports"),
    "key.catalogue": Sentence(ja="カタログ", en="Catalogue"),
    "key.operations": Sentence(ja="運用", en="Operations"),
    "key.rows": Sentence(ja="次の行・前の行", en="the next row, the one before"),
    "key.open": Sentence(ja="開く", en="open it"),
    "key.select": Sentence(ja="選択する", en="select it"),
    "key.close": Sentence(ja="完了の入力欄を開く", en="open what closes the task"),
    "key.snooze": Sentence(ja="スヌーズの入力欄を開く", en="open what snoozes the task"),
    "key.help": Sentence(ja="このページ", en="this page"),
    "words": Sentence(ja="用語", en="Words"),
    "word.meter": Sentence(ja="計測項目", en="Meter"),
    "word.meter.is": Sentence(
        ja="席数、容量、API呼び出しなど、数えるもの",
        en="what is counted: seats, storage, API calls",
    ),
    "word.limit": Sentence(ja="上限", en="Limit"),
    "word.limit.is": Sentence(
        ja="プランで使える量", en="how much of a meter a plan, or an account, has"
    ),
    "word.threshold": Sentence(ja="しきい値", en="Threshold"),
    "word.threshold.is": Sentence(
        ja="上限の80、90、95、100%など、知らせる境目",
        en="where somebody is told: 80, 90, 95, 100 %",
    ),
    "word.alert": Sentence(ja="アラート", en="Alert"),
    "word.alert.is": Sentence(
        ja="しきい値に達したこと。下がるか上限が上がると解決する",
        en="a threshold that was reached; over once usage falls or the limit rises",
    ),
    "word.decision": Sentence(ja="判定", en="Decision"),
    "word.decision.is": Sentence(
        ja="提案してよいか、何を、誰が。理由とともに残る",
        en="whether to offer, what, and by whom; kept with its reasons",
    ),
    "word.gate": Sentence(ja="関門", en="Gate"),
    "word.gate.is": Sentence(
        ja="判定の中の1つの問い。止めるか、通す",
        en="one question of a decision: it passes or blocks",
    ),
    "word.task": Sentence(ja="タスク", en="Task"),
    "word.task.is": Sentence(
        ja="人がすること。CRMのタスクと同じもの",
        en="what a person does; one with the task in the CRM",
    ),
    "word.opportunity": Sentence(ja="商談", en="Opportunity"),
    "word.opportunity.is": Sentence(
        ja="顧客が必要とする上位プランや追加の商談",
        en="a next plan, or more of one, that a customer may need",
    ),
    "word.handoff": Sentence(ja="引き継ぎ", en="Hand-off"),
    "word.handoff.is": Sentence(
        ja="CSから営業へ、資料とともに渡すこと",
        en="from customer success to Sales, with all that is known",
    ),
    "word.health": Sentence(ja="ヘルススコア", en="Health"),
    "word.health.is": Sentence(
        ja="利用と満足の点数(0〜100)", en="use and satisfaction as a score from 0 to 100"
    ),
    "word.loyalty": Sentence(ja="ロイヤリティ", en="Loyalty"),
    "word.loyalty.is": Sentence(
        ja="契約期間、ログイン、NPS、問い合わせの4つで見る",
        en="tenure, logins, NPS and enquiries, taken together",
    ),
}
