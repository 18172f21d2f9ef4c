"""The page where a reader refuses proposals (RFC 8058: opening it changes nothing)."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "unsubscribe.title": Sentence(ja="ご案内の配信停止", en="Stop offers"),
    "unsubscribe.ask": Sentence(
        ja="プラン変更のご案内の配信を停止しますか。利用状況のお知らせは引き続きお届けします。",
        en="Do you want to stop offers about other plans? You will still be told about your usage.",
    ),
    "unsubscribe.button": Sentence(ja="配信を停止する", en="Stop offers"),
    "unsubscribe.everywhere": Sentence(
        ja="このメールアドレスのすべてのアカウントで配信を停止する",
        en="Stop offers for all accounts of this address",
    ),
    "unsubscribe.done": Sentence(
        ja="プラン変更のご案内の配信を停止しました。利用状況のお知らせは引き続きお届けします。",
        en=(
            "You will get no more offers about other plans. "
            "You will still be told about your usage."
        ),
    ),
    "unsubscribe.done_everywhere": Sentence(
        ja="このメールアドレスのすべてのアカウントで、プラン変更のご案内の配信を停止しました。利用状況のお知らせは引き続きお届けします。",
        en=(
            "This address will get no more offers about other plans, in any account. "
            "You will still be told about your usage."
        ),
    ),
}
