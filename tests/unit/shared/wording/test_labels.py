"""The rows of a comparison: R-118's labels to the letter."""

from decimal import Decimal

from shared.wording import labels

USERS = {"en": "users", "ja": "ユーザー"}
STORAGE = {"en": "storage", "ja": "ストレージ容量"}


def test_r_118_labels_of_both_lists() -> None:
    rows = [
        labels.limit_label(Decimal(25), "seat", USERS, "ja"),
        labels.channels_label(["email"], "ja"),
        labels.csm_label("none", "ja"),
        labels.priority_support_label("ja"),
        labels.limit_label(None, "seat", USERS, "ja"),
        labels.channels_label(["chat", "email", "phone"], "ja"),
        labels.csm_label("dedicated", "ja"),
        labels.sla_label(4, "ja"),
    ]
    assert rows == [
        "25ユーザー",
        "メールサポート",
        "専任CSM",
        "優先サポート",
        "無制限ユーザー",
        "電話+メール+チャットサポート",
        "専任CSM",
        "4時間SLA",
    ]


def test_the_same_in_english() -> None:
    assert labels.limit_label(Decimal(10**11), "byte", STORAGE, "en") == "100 GB storage"
    assert labels.channels_label(["chat", "email"], "en") == "email+chat support"
    assert labels.sla_label(Decimal(4), "en") == "4-hour SLA"
    assert labels.csm_label("assigned", "en") == "assigned CSM"


def test_r_119_a_row_says_how_often_it_was_asked_for() -> None:
    assert labels.asked_label(3, "ja") == "ご要望3回"
    assert labels.asked_label(1, "en") == "asked for once"
