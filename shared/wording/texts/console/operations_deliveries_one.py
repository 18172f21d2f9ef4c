"""`/console/operations/deliveries/{id}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS
from shared.wording.texts.console.operations_deliveries import DELIVERY

SENTENCES = {
    **TABS,
    **DELIVERY,
    "title": Sentence(ja="配信", en="Delivery"),
    "one": Sentence(ja="配信:", en="Delivery to"),
    "next_attempt": Sentence(ja="次の試行", en="next attempt"),
    "deadline": Sentence(ja="期限", en="until"),
    "unwanted": Sentence(ja="今は送られません:", en="It would not be sent now:"),
    "history": Sentence(ja="試行", en="Attempts"),
    "at": Sentence(ja="日時", en="At"),
    "outcome": Sentence(ja="結果", en="Outcome"),
    "answer": Sentence(ja="受信側の応答", en="What the receiver said"),
    "would_send": Sentence(ja="送る内容", en="What is sent"),
    "as_html": Sentence(ja="HTMLメールの表示", en="The mail as HTML"),
    "delivered_at_once": Sentence(ja="作成と同時に配信済み:", en="Delivered as it was made:"),
    "empty.history": Sentence(ja="まだ試行していません。", en="Not tried yet."),
    "empty.message": Sentence(ja="送る内容はありません。", en="There is nothing to send."),
    "said.retried": Sentence(ja="再送します。", en="It is retried."),
    "said.cancelled": Sentence(ja="取り消しました。", en="Cancelled."),
}
