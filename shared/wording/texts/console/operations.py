"""`/console/operations`, and the names of the pages beside it."""

from shared.wording.sentence import Sentence

TABS = {
    "tab.operations": Sentence(ja="状態", en="State"),
    "tab.rejected": Sentence(ja="取り込めなかったイベント", en="Rejected events"),
    "tab.deliveries": Sentence(ja="配信", en="Deliveries"),
    "tab.channels": Sentence(ja="送信先", en="Channels"),
    "tab.keys": Sentence(ja="APIキー", en="API keys"),
    "tab.people": Sentence(ja="人", en="People"),
    "tab.audit": Sentence(ja="操作記録", en="Audit log"),
}
SENTENCES = {
    **TABS,
    "title": Sentence(ja="運用", en="Operations"),
    "all_well": Sentence(ja="正常に動いています", en="All is well"),
    "troubles": Sentence(ja="{n:number}件の問題", en="To mend: {n:number}"),
    "services": Sentence(ja="サービス", en="Services"),
    "processes": Sentence(ja="{n:number}プロセス", en="Processes: {n:number}"),
    "store.postgres": Sentence(ja="PostgreSQL", en="PostgreSQL"),
    "store.kafka": Sentence(ja="Kafka", en="Kafka"),
    "channels": Sentence(ja="送信先", en="Channels"),
    "accounts": Sentence(ja="{n:number}件の顧客", en="Accounts: {n:number}"),
    "parked": Sentence(ja="保留中の顧客", en="Parked accounts"),
    "lag": Sentence(ja="ラグ", en="Lag"),
    "lag.is": Sentence(ja="未処理 {n:number}件", en="{n:number} record{n:s} not yet applied"),
    "service": Sentence(ja="サービス", en="Service"),
    "topic": Sentence(ja="トピック", en="Topic"),
    "partition": Sentence(ja="パーティション", en="Partition"),
    "outbox": Sentence(ja="送信待ち", en="Outbox"),
    "empty.channels": Sentence(ja="このプロセスでは分かりません。", en="Not known here."),
    "empty.parked": Sentence(ja="ありません。", en="None."),
    "empty.lag": Sentence(ja="遅れはありません。", en="Nothing is behind."),
    "empty.outbox": Sentence(ja="待っているものはありません。", en="Nothing waits."),
}
