"""Whether everything runs, what waits, and what to do about it: for operators."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "operations.kafka.ready": Sentence(ja="Kafkaは応答しています。", en="Kafka answers."),
    "operations.kafka.away": Sentence(
        ja="Kafkaを{since:when}から利用できません。受け付けたものは失われません。閲覧と受信箱は使え、"
        "イベントの受信は503で断られ、アラートと通知は待機します。Kafkaを起動すれば自動で再開します。",
        en="Kafka cannot be used since {since:when}. Nothing that was accepted is lost: reading "
        "and the inbox work, new events are refused with 503, alerts and messages wait. Start "
        "Kafka; everything then goes on by itself.",
    ),
    "operations.postgres.ready": Sentence(
        ja="PostgreSQLは応答しています。", en="PostgreSQL answers."
    ),
    "operations.postgres.away": Sentence(
        ja="PostgreSQLを{since:when}から利用できません。受け付けたイベントはKafkaで待機します。"
        "ほかの閲覧と更新はできません。PostgreSQLを起動すれば自動で再開します。",
        en="PostgreSQL cannot be used since {since:when}. Events that were accepted wait in Kafka; "
        "nothing else can be read or changed. Start PostgreSQL; everything then goes on by itself.",
    ),
    "operations.service.none": Sentence(
        ja="{service:name}のプロセスがありません。起動してください。",
        en="There is no process of {service:name}. Start one.",
    ),
    "operations.service.silent": Sentence(
        ja="{service:name}のプロセス{name:name}は{since:when}から応答がありません。"
        "終了したか、PostgreSQLに接続できません。",
        en="{name:name}, a process of {service:name}, was last seen at {since:when}: it has ended, "
        "or cannot reach PostgreSQL.",
    ),
    "operations.part.kafka": Sentence(
        ja="{service:name}: {all:number}プロセス中{number:number}プロセスが{since:when}から"
        "Kafkaを利用できません。",
        en="{service:name}: {number:number} of {all:number} processes cannot use Kafka since "
        "{since:when}.",
    ),
    "operations.part.postgres": Sentence(
        ja="{service:name}: {all:number}プロセス中{number:number}プロセスが{since:when}から"
        "PostgreSQLを利用できません。",
        en="{service:name}: {number:number} of {all:number} processes cannot use PostgreSQL since "
        "{since:when}.",
    ),
    "operations.part.loop": Sentence(
        ja="{service:name}: {all:number}プロセス中{number:number}プロセスが{since:when}から"
        "記録を処理できません。",
        en="{service:name}: {number:number} of {all:number} processes apply no records since "
        "{since:when}.",
    ),
    "operations.part.other": Sentence(
        ja="{service:name}: {all:number}プロセス中{number:number}プロセスの{part:name}が"
        "{since:when}から動いていません。",
        en="{service:name}: {part:name} does not work in {number:number} of {all:number} processes "
        "since {since:when}.",
    ),
    "operations.missing": Sentence(
        ja="時間内に答えが得られませんでした。ほかの項目は有効です。",
        en="There was no answer in time. The other parts hold.",
    ),
    "operations.missing.elsewhere": Sentence(
        ja="このプロセスにはありません。notifierに問い合わせてください。",
        en="This process does not know; notifier does.",
    ),
    "operations.channel.on": Sentence(ja="送信しています。", en="It sends."),
    "operations.channel.off": Sentence(ja="設定されていません。", en="It is not set up."),
    "operations.channel.resting": Sentence(
        ja="送信先から応答がないため、{next:when}まで休止しています。待機中の通知は失われません。",
        en="Its receiver does not answer, so nothing is sent until {next:when}. What waits is not "
        "lost.",
    ),
    "operations.channel.blocked": Sentence(
        ja="送信先が認証情報を拒否しています。待機中の通知は失われません。"
        "認証情報を設定し直してください。",
        en="Its receiver refuses our credentials. What waits is not lost. Set the credentials "
        "again.",
    ),
    "operations.channel.disabled": Sentence(
        ja="送信先によって停止されました。設定し直したあと、その間の配信を再送してください。",
        en="Its receiver has ended it. Set it again, then recover the deliveries since.",
    ),
}
