"""Every prescribed sentence, character for character, from variables as facts give them."""

from typing import Any

import pytest

from shared.wording import SENTENCES, WordingError, sentence
from shared.wording.sentence import parts
from tests.support.catalogs import catalog
from tests.support.told import dollars, yen

GLOBAL, CASE, JP = catalog("global"), catalog("case"), catalog("jp")


def _meter(of: Any, key: str) -> dict[str, Any]:
    meter = of.meters[key]
    return {"id": key, "unit": meter.unit, "name": {"en": meter.name.en, "ja": meter.name.ja}}


def _plan(of: Any, key: str) -> dict[str, Any]:
    name = of.plans[key].name
    return {"id": key, "name": {"en": name.en, "ja": name.ja}}


STORAGE, USERS = _meter(CASE, "storage"), _meter(GLOBAL, "seats")
LARGE, PRO, ENTERPRISE = _plan(CASE, "large"), _plan(GLOBAL, "pro"), _plan(GLOBAL, "enterprise")
STANDARD, PREMIUM = _plan(JP, "standard"), _plan(JP, "premium")
ANALYSIS = {"ja": "データ分析", "en": "data analysis"}
REPORTS = {"ja": "手動レポート作成", "en": "manual report creation"}
ANALYTICS = {"ja": "高度な分析", "en": "advanced analytics"}
AUTOMATION = {"ja": "高度な自動化機能", "en": "advanced automation"}

VERBATIM: list[tuple[str, dict[str, Any], str]] = [
    (
        "usage.storage.90",
        {"meter": STORAGE, "threshold": 90, "plan": LARGE},
        "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください",
    ),
    (
        "usage.users.95",
        {"meter": USERS, "threshold": 95, "plan": ENTERPRISE, "limit": None},
        "ユーザー制限の95%に達しています。壁にぶつかる前に、無制限ユーザーのEnterpriseについて話しませんか?",
    ),
    (
        "renewal.one_month",
        {"plan": PREMIUM},
        "現在のご利用状況を確認したところ、プレミアムプランがよりコストパフォーマンスが高いと思われます",
    ),
    ("nps.promoter", {}, "さらに活用いただける機能があります"),
    ("pre_purchase.general", {}, "もう少し投資すれば、より高い価値が得られます"),
    (
        "pre_purchase.quote",
        {"plan": STANDARD, "diff": yen(20000), "next": PREMIUM},
        "スタンダードプランに+2万円でプレミアム機能が利用可能です",
    ),
    (
        "value.good",
        {"plan": PREMIUM, "activity": ANALYSIS, "hours": "20", "benefit": yen(100000)},
        "プレミアムプランに移行すると、データ分析時間が月20時間削減でき、人件費換算で月10万円の効果が期待できます",
    ),
    ("value.bad", {"plan": PREMIUM, "price": yen(50000)}, "プレミアムプランは月額5万円です"),
    (
        "roi.net",
        {
            "plan": PREMIUM,
            "activity": ANALYSIS,
            "hours": "20",
            "rate": yen(3000),
            "benefit": yen(60000),
            "diff": yen(20000),
            "net": yen(40000),
        },
        "プレミアムプランに移行すると、データ分析時間が月20時間削減できます。人件費(時給3,000円換算)で月6万円の効果が見込めます。"
        "プラン差額は月2万円のため、実質月4万円のプラスです",
    ),
    (
        "roi.usd",
        {
            "plan": ENTERPRISE,
            "activity": REPORTS,
            "hours": "10",
            "members": 5,
            "rate": dollars(50),
            "week": dollars("2500.00"),
            "year": dollars("130000.00"),
            "cost": dollars("15000.00"),
            "multiple": 8,
        },
        "チームが手動レポート作成に週約10時間費やしていると言及されました。Enterprise分析はそのほとんどを自動化します。"
        "5人のチームメンバーで週10時間、平均時給$50で週$2,500、年間$130,000です。"
        "Enterpriseアップグレードは年間$15,000の追加です。8倍のリターンです。",
    ),
    ("discovery.1", {}, "現在の課題は何ですか?"),
    ("discovery.2", {}, "どの機能を最も使っていますか?"),
    ("discovery.3", {}, "今後やりたいことはありますか?"),
    (
        "angle.unlock",
        {"feature": "SSO", "plan": ENTERPRISE},
        "チームは数ヶ月間SSOについて尋ねています。それはEnterpriseでのみ利用可能ですが、"
        "セキュリティチームの懸念を解決し、オンボーディングをよりスムーズにします。",
    ),
    (
        "angle.efficiency",
        {},
        "専任CSMサポートにより、アカウントを深く理解し、最適化を支援できる人がいます。"
        "ほとんどの顧客は、これによりトラブルシューティングと最適化作業が月5〜10時間節約されると報告しています。",
    ),
    (
        "angle.competitive",
        {"feature": AUTOMATION, "plan": ENTERPRISE},
        "競合他社は高度な自動化機能を使用して、数分でリードに対応しています。"
        "それはEnterpriseのみですが、コンバージョン率の向上を推進しています。",
    ),
    (
        "angle.risk",
        {"framework": "SOC2", "plan": ENTERPRISE},
        "SOC2のタイムラインを考えると、Enterpriseセキュリティ機能が認証を加速します。"
        "監査証跡とアクセス制御は、監査人が求めるものそのものです。",
    ),
    (
        "gap.automation",
        {"plan": ENTERPRISE},
        "説明された自動化は、Enterpriseワークフロー機能に最適です。",
    ),
    (
        "gap.security",
        {"plan": ENTERPRISE},
        "言及されたセキュリティ要件は、Enterpriseセキュリティパッケージが対処するものそのものです。",
    ),
    ("roi.together", {}, "これがチームにとって何を意味するか見てみましょう..."),
    (
        "scenario.advanced_feature",
        {"feature": ANALYTICS, "count": 3, "plan": ENTERPRISE},
        "高度な分析について3回尋ねられました。それはEnterpriseのみですが、他の顧客にとってどのように機能するか正確にお見せできます。",
    ),
    (
        "scenario.team_growth",
        {
            "count": 10,
            "role": "sales",
            "plan": ENTERPRISE,
            "meter": USERS,
            "limit": None,
            "from": PRO,
        },
        "10人の新しい営業担当者を採用していることを見ました。"
        "Enterpriseの無制限ユーザーは、Proシートを追加するよりもコスト効率が良いでしょう。",
    ),
    (
        "scenario.better_support",
        {"plan": ENTERPRISE, "sla": 4, "csm": "dedicated"},
        "プラットフォームが業務にとってどれほど重要かを考えると、Enterpriseの4時間SLAと専任CSMが安心感を与えるかもしれません。",
    ),
    (
        "scenario.compliance",
        {"framework": "SOC2", "plan": ENTERPRISE},
        "SOC2コンプライアンスには、Enterpriseのセキュリティ機能が必要になります。多くの顧客が具体的にそのためにアップグレードしています。",
    ),
    (
        "objection.too_expensive",
        {"hours": "[X時間]", "feature": "[Y機能]"},
        "理解します。ROIを見てみましょう。週[X時間]節約し、[Y機能]をアンロックします。その価値は追加コストを超えますか?",
    ),
    (
        "objection.wait",
        {"months": 6, "hours": "10", "total": "260"},
        "タイミングの考慮事項を理解します。6ヶ月待つことのデメリットは何ですか?自動化が週10時間節約する場合、"
        "260時間を逃すことになります。それはチームにとってどれくらいの価値ですか?",
    ),
    (
        "objection.unsure",
        {"conversation": "[発見会話]", "feature": "機能X", "goal": "[目標達成]"},
        "公平です。今四半期の目標について話しましょう。[発見会話]。それに基づいて、機能Xは[目標達成]に役立ちます。探求する価値がありますか?",
    ),
    (
        "objection.budget",
        {},
        "誰がこれを承認する必要がありますか?彼らにはどのような情報が必要ですか?"
        "エグゼクティブサマリー、ROI分析を提供したり、価値を説明するための通話に参加したりできます。",
    ),
    (
        "objection.other_tools",
        {"listen": "[聞く]", "plan": ENTERPRISE},
        "今得られていないどのような機能を探していますか?[聞く]。それらの多くは、Enterpriseプランで利用可能です。それらの機能を見ましたか?",
    ),
    ("conversation.1", {}, "何が本当にうまくいっていますか?どこで制限に直面していますか?"),
    (
        "conversation.2",
        {},
        "チームは今後6〜12ヶ月でどこに向かっていますか?結果に最大の違いをもたらす機能は何ですか?"
        "魔法の杖を振って任意の機能を追加できるなら、それは何でしょうか?",
    ),
    (
        "conversation.4",
        {"plan": ENTERPRISE},
        "Enterpriseプランを見ましたか?彼らが説明しているものが正確に含まれています。",
    ),
    (
        "conversation.8",
        {"plan": ENTERPRISE},
        "正式な提案を送るべきですか?Enterprise機能のトライアルを実行したいですか?この決定に他に誰が関与する必要がありますか?",
    ),
]


@pytest.mark.parametrize(
    ("key", "variables", "expected"), VERBATIM, ids=[key for key, _, _ in VERBATIM]
)
def test_the_japanese_sentence_is_the_source_to_the_letter(
    key: str, variables: dict[str, Any], expected: str
) -> None:
    assert sentence(key, variables, "ja-JP") == expected


@pytest.mark.parametrize(
    ("key", "variables", "expected"), VERBATIM, ids=[key for key, _, _ in VERBATIM]
)
def test_the_english_sentence_takes_the_same_variables(
    key: str, variables: dict[str, Any], expected: str
) -> None:
    said = sentence(key, variables, "en-US")
    assert said.strip()
    assert not {"{", "}"} & set(said)


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_both_languages_use_the_same_variables(key: str) -> None:
    """What one reader is told must not be missing for the other. A level (`90% of your limit for
    storage`) holds the meter's name.
    """
    one = SENTENCES[key]
    japanese, english = ({name for _, name, _ in parts(text) if name} for text in (one.ja, one.en))
    assert japanese - {"meter"} == english - {"meter"}


@pytest.mark.parametrize("key", [key for key, variables, _ in VERBATIM if variables])
def test_a_missing_variable_is_an_error_that_names_it(key: str) -> None:
    """R-150: a hole never reaches a reader."""
    variables: dict[str, Any] = next(given for name, given, _ in VERBATIM if name == key)
    needed = [
        name
        for name in variables
        if name in SENTENCES[key].variables() and name not in SENTENCES[key].defaults
    ]
    for name in needed:
        with pytest.raises(WordingError, match=f"{key}.*'{name}'"):
            sentence(
                key, {other: value for other, value in variables.items() if other != name}, "ja"
            )


def test_an_unknown_sentence_and_an_unreadable_variable_are_errors() -> None:
    with pytest.raises(WordingError, match=r"no sentence 'usage\.storage\.91'"):
        sentence("usage.storage.91", {}, "ja")
    with pytest.raises(WordingError, match=r"roi.net: variable 'rate'"):
        sentence(
            "roi.net",
            {
                "plan": PREMIUM,
                "hours": 1,
                "rate": "3000",
                "benefit": yen(1),
                "diff": yen(1),
                "net": yen(1),
            },
            "ja",
        )


def test_the_general_form_follows_the_catalogue() -> None:
    """Other plans, meters and thresholds: a Latin name stands alone where it ends the phrase, a
    finite limit is named.
    """
    assert sentence(
        "usage.storage.90", {"meter": STORAGE, "threshold": {"at": "9000000000"}, "plan": PRO}, "ja"
    ) == ("ストレージ容量が9 GBに達しました。Proプランへのアップグレードをご検討ください")
    assert sentence(
        "usage.users.95", {"meter": USERS, "threshold": 95, "plan": PREMIUM, "limit": "50"}, "ja"
    ) == (
        "ユーザー制限の95%に達しています。壁にぶつかる前に、50ユーザーのプレミアムプランについて話しませんか?"
    )
    assert sentence(
        "pre_purchase.quote", {"plan": STANDARD, "diff": yen(12500), "next": PREMIUM}, "ja"
    ) == ("スタンダードプランに+1.25万円でプレミアム機能が利用可能です")
    assert sentence(
        "scenario.compliance", {"framework": "ISO 27001", "plan": ENTERPRISE}, "ja"
    ).startswith("ISO 27001コンプライアンスには、")
