"""`/console/operations/rejected/{id}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS
from shared.wording.texts.console.operations_rejected import STATES

SENTENCES = {
    **TABS,
    **STATES,
    "title": Sentence(ja="取り込めなかったイベント", en="Rejected event"),
    "one": Sentence(ja="取り込めなかったイベント {id}", en="Rejected event {id}"),
    "why_rejected": Sentence(ja="取り込めなかった理由", en="Why it was rejected"),
    "from": Sentence(ja="どこから来たか", en="Where it came from"),
    "partition": Sentence(ja="パーティション", en="partition"),
    "offset": Sentence(ja="オフセット", en="offset"),
    "headers": Sentence(ja="ヘッダー(バイナリーモード)", en="Headers (binary mode)"),
    "replayed_as": Sentence(ja="再び拒否されました: {id}", en="It was refused again as {id}"),
    "base64": Sentence(ja="内容(文字ではないもの、Base64)", en="Payload (not text, as Base64)"),
    "field.payload": Sentence(ja="内容", en="Payload"),
    "said.replayed": Sentence(ja="再投入し、取り込まれました。", en="It is replayed, and applied."),
    "said.sent": Sentence(
        ja="再投入しました。まもなく取り込まれます。", en="It is replayed, and soon applied."
    ),
    "said.aside": Sentence(ja="除外しました。", en="It is set aside."),
}
