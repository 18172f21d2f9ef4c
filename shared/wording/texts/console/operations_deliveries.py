"""`/console/operations/deliveries`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS

DELIVERY = {
    "is.queued": Sentence(ja="送信待ち", en="Queued"),
    "is.sending": Sentence(ja="送信中", en="Sending"),
    "is.retrying": Sentence(ja="再試行待ち", en="Retrying"),
    "is.delivered": Sentence(ja="配信済み", en="Delivered"),
    "is.unknown": Sentence(ja="届いたか不明", en="May have arrived"),
    "is.cancelled": Sentence(ja="取り消し済み", en="Cancelled"),
    "is.suppressed": Sentence(ja="送信対象外", en="Suppressed"),
    "is.dead": Sentence(ja="断念", en="Given up"),
    "state": Sentence(ja="状態", en="State"),
    "created": Sentence(ja="作成", en="Made"),
}
SENTENCES = {
    "total": Sentence(ja="{n:number}件", en="In all: {n:number}"),
    "more_than": Sentence(ja="10,000件以上", en="10,000+"),
    **TABS,
    **DELIVERY,
    "title": Sentence(ja="配信", en="Deliveries"),
    "channel": Sentence(ja="送信先", en="Channel"),
    "recipient": Sentence(ja="受信者", en="Recipient"),
    "kind": Sentence(ja="種類", en="Kind"),
    "attempts": Sentence(ja="試行回数", en="Attempts"),
    "last_error": Sentence(ja="直近のエラー", en="Last error"),
    "field.since": Sentence(ja="この日時以降に断念したもの", en="Given up since"),
    "since.hint": Sentence(ja="あなたのタイムゾーンで", en="In your time zone"),
    "count_first": Sentence(ja="件数を確認", en="Count first"),
    "recoverable": Sentence(ja="{n:number}件が再送されます。", en="{n:number} would be retried."),
    "recover_n": Sentence(ja="{n:number}件を再送", en="Recover {n:number}"),
    "recovered.are": Sentence(ja="再送 {n:number}件", en="{n:number} are retried"),
    "said.recovered": Sentence(ja="再送します。", en="They are retried."),
    "empty.none": Sentence(
        ja="送ったものはまだありません。しきい値に達すると通知が送られます。",
        en="Nothing was sent yet: messages go out when an account reaches a threshold.",
    ),
    "empty.filtered": Sentence(
        ja="この条件に当てはまる配信はありません。", en="No delivery fits these filters."
    ),
}
