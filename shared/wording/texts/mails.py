"""What stands around the message in a mail: greeting, headings, why it came, who sends it and how
to refuse (BP-12, BP-25).
"""

from shared.wording.sentence import Sentence

SENTENCES = {
    "mail.subject": Sentence(
        ja="{title:name} ({account:name})", en="{title:name} ({account:name})"
    ),
    "mail.greeting": Sentence(ja="{contact:name} 様", en="Hello {contact:name},"),
    "mail.account": Sentence(ja="アカウント: {account:name}", en="Account: {account:name}"),
    "mail.options": Sentence(ja="できること", en="What you can do"),
    "mail.usage": Sentence(ja="使用状況を見る", en="See your usage"),
    "mail.as_of": Sentence(ja="{moment:when}時点", en="As of {moment:when}"),
    "mail.why": Sentence(
        ja="このメールは、{account:name}の利用状況のお知らせとしてお送りしています。お知らせの受け取り方は、製品内の通知の設定で変更できます。",
        en=(
            "You receive this mail because it is about the usage of {account:name}. "
            "You can change what you receive in the notification settings of the application."
        ),
    ),
    "mail.why.brand": Sentence(
        ja="このメールは、{account:name}の利用状況のお知らせとしてお送りしています。お知らせの受け取り方は、{product:name}の通知の設定で変更できます。",
        en=(
            "You receive this mail because it is about the usage of {account:name}. "
            "You can change what you receive in the notification settings of {product:name}."
        ),
    ),
    "mail.why.proposal": Sentence(
        ja="このメールは、{account:name}のご契約についてのご案内としてお送りしています。",
        en="You receive this mail because it is about the contract of {account:name}.",
    ),
    "mail.sender": Sentence(ja="送信者: {sender:name}", en="Sender: {sender:name}"),
    "mail.address": Sentence(ja="住所: {address:name}", en="Address: {address:name}"),
    "mail.contact": Sentence(
        ja="お問い合わせ・苦情: {contact:name}", en="Questions and complaints: {contact:name}"
    ),
    "mail.refuse": Sentence(
        ja="今後このようなご案内を希望されない場合は、こちらで配信を停止できます",
        en="If you do not want to receive offers like this any more, you can refuse them here",
    ),
}
