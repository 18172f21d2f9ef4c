"""`/console/operations/rejected`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS

STATES = {
    "is.open": Sentence(ja="未対応", en="Open"),
    "is.replayed": Sentence(ja="再投入済み", en="Replayed"),
    "is.dismissed": Sentence(ja="除外済み", en="Set aside"),
    "is.all": Sentence(ja="すべて", en="All"),
}
SENTENCES = {
    "total": Sentence(ja="{n:number}件", en="In all: {n:number}"),
    "more_than": Sentence(ja="10,000件以上", en="10,000+"),
    **TABS,
    **STATES,
    "title": Sentence(ja="取り込めなかったイベント", en="Rejected events"),
    "state": Sentence(ja="状態", en="State"),
    "service": Sentence(ja="サービス", en="Service"),
    "reasons": Sentence(ja="理由ごとの件数", en="Reasons"),
    "records": Sentence(ja="記録", en="Records"),
    "id": Sentence(ja="番号", en="Number"),
    "at": Sentence(ja="日時", en="At"),
    "count": Sentence(ja="件数", en="Count"),
    "first": Sentence(ja="最初", en="First"),
    "last": Sentence(ja="最後", en="Last"),
    "replay_all": Sentence(ja="この理由をすべて再投入", en="Replay all of this reason"),
    "count_first": Sentence(ja="件数を確認", en="Count first"),
    "matched": Sentence(ja="{n:number}件が再投入されます。", en="{n:number} would be replayed."),
    "replay_n": Sentence(ja="{n:number}件を再投入", en="Replay {n:number}"),
    "replayed.are": Sentence(ja="再投入 {n:number}件", en="{n:number} replayed"),
    "refused.are": Sentence(ja="再び拒否 {n:number}件", en="{n:number} refused again"),
    "said.sent": Sentence(ja="再投入しました。", en="They are sent again."),
    "empty.reasons": Sentence(ja="理由はありません。", en="There is no reason to show."),
    "empty.since": Sentence(ja="{day}以降ありません。", en="None since {day}."),
    "empty.none": Sentence(ja="これまでに1件もありません。", en="None so far."),
    "empty.filtered": Sentence(
        ja="この条件に当てはまるものはありません。", en="None fits these filters."
    ),
}
