"""The opportunity's task: every open reason with its sentence, by importance (R-040, R-107)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.accounts import Account, Person, Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts.facts import Opportunity, Signal
from services.trigger.judgement.findings import reasons
from services.trigger.proposals import expiry
from shared.wording import task_text
from tests.support.catalogs import catalog
from tests.support.rulings import Told, crossed, heard, received, told
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
REACHED = "ユーザーが95%に達しました。ユーザー 24/25 (96%)"
HIRING = "10人の新しい営業担当者を採用しています"
CONTENT = "NPSで10点をいただきました"
SEATS = "Enterpriseの無制限ユーザーは、Proシートを追加するよりもコスト効率が良いでしょう"
WALL = "壁にぶつかる前に、無制限ユーザーのEnterpriseについて話しませんか?"
PROMOTER = "さらに活用いただける機能があります"

LIMIT = Signal(
    "usage_limit", NOW - timedelta(hours=3), "seats", None, {"threshold": 95, "percent": 96}
)
GROWTH = Signal(
    "team_growth",
    NOW - timedelta(hours=2),
    "",
    NOW + timedelta(days=90),
    {"count": 10, "role": "sales", "above": 9},
)
PROMOTED = Signal("nps_high", NOW - timedelta(hours=1), "", NOW + timedelta(days=90), {"score": 10})


def kitsune(*signals: Signal, told: tuple[tuple[str, str], ...] | None = None) -> Story:
    story = account(GLOBAL, "pro", since="2024-03-16", csm=Person("u7", "Kato")).used("seats", 24)
    story = story.told("team.growth", NOW - timedelta(hours=2), count=10, role="sales")
    opened = Opportunity(
        "o1", "enterprise", tuple(one.type for one in signals), "cs", "qualified", told
    )
    return story.having(signals=signals, opportunities=(opened,) if signals else ())


def lines(found: Told, locale: str = "ja") -> dict[str, str]:
    (task,) = found.tasks(locale)
    return dict(line.split(": ", 1) for line in task.split("\n"))


def test_the_newest_reason_hides_no_other() -> None:
    """Kitsune's CSM still reads the comparison of the seats after an NPS of 10 came in."""
    said = lines(heard(kitsune(LIMIT, GROWTH), "nps.responded", score=10))
    assert said["起きたこと"] == f"{REACHED}。{HIRING}。{CONTENT}。"
    assert [said["伝えること"].find(part) for part in (WALL, SEATS, PROMOTER)] == sorted(
        said["伝えること"].index(part) for part in (WALL, SEATS, PROMOTER)
    )
    assert said["なぜ今"] == (
        "上限に達する前に相談できます。人数が増える前に相談できます。満足していただいている今が話しやすい時期です。"
        "進行中の商談に新しい理由が加わりました。"
    )
    english = lines(heard(kitsune(LIMIT, GROWTH), "nps.responded", score=10), "en")
    assert english["What happened"] == (
        "Users reached 95%. Users 24/25 (96%). They are hiring 10 new sales reps. "
        "They gave an NPS of 10."
    )


@pytest.mark.parametrize("newest", [LIMIT, GROWTH, PROMOTED], ids=lambda one: str(one.type))
def test_whichever_came_last_the_task_is_the_same(newest: Signal) -> None:
    others = [one for one in (LIMIT, GROWTH, PROMOTED) if one != newest]
    story = kitsune(*others)
    said = lines(told(story.case("schedule", newest)))
    assert said["起きたこと"] == f"{REACHED}。{HIRING}。{CONTENT}。"
    for part in (WALL, SEATS, PROMOTER):
        assert part in said["伝えること"]


def test_the_task_of_a_crossing_names_what_was_open_before() -> None:
    said = lines(crossed(kitsune(GROWTH), "seats", 24, 95))
    assert said["起きたこと"] == f"{REACHED}。{HIRING}。"
    assert SEATS in said["伝えること"]


def test_what_no_longer_holds_is_not_named() -> None:
    over = replace(GROWTH, until=NOW)
    assert HIRING not in lines(heard(kitsune(LIMIT, over), "nps.responded", score=10))["起きたこと"]


def test_two_limits_have_a_line_each() -> None:
    storage = Signal("usage_limit", NOW, "storage", None, {"threshold": 90, "percent": 91})
    story = kitsune(LIMIT).used("storage", 91 * 10**9)
    said = lines(told(story.case("schedule", storage)))
    assert (
        "ストレージ容量が90%に達しました。ストレージ容量 91 GB/100 GB (91%)" in said["起きたこと"]
    )
    assert REACHED in said["起きたこと"]
    assert (
        "ストレージ容量が90%に達しました。Enterpriseプランへのアップグレードをご検討ください"
        in said["伝えること"]
    )
    assert WALL in said["伝えること"]


def test_an_urgent_reason_keeps_the_task_urgent_whatever_comes_after_it() -> None:
    (tell,) = heard(kitsune(LIMIT), "nps.responded", score=10).tells
    assert tell.task is not None
    assert tell.task.priority == "high"
    (usual,) = heard(kitsune(GROWTH), "nps.responded", score=10).tells
    assert usual.task is not None
    assert usual.task.priority == "medium"


def test_many_reasons_end_with_how_many_more_there_are() -> None:
    asked = [Signal("feature_requested", NOW, f"f{n:02}", None, {"count": 3}) for n in range(12)]
    said = lines(told(kitsune(*asked[1:]).case("schedule", asked[0])))
    assert said["起きたこと"].endswith(f"ほかに{12 - reasons.MOST}件の理由があります。")
    assert said["起きたこと"].count("ご要望") == reasons.MOST


NAMES = reasons.names


def test_a_crossing_raises_the_opportunitys_own_task_where_it_has_one_and_the_reason_is_new() -> (
    None
):
    """Before that the usage notice's task carries its lines; nothing is sent twice."""
    assert [
        one.task.purpose for one in crossed(kitsune(GROWTH), "seats", 24, 95).tells if one.task
    ] == ["usage"]
    joins = crossed(kitsune(GROWTH, told=NAMES([GROWTH])), "seats", 24, 95)
    assert [one.task.purpose for one in joins.tells if one.task] == ["usage", "opportunity"]
    assert joins.tasks()[0].split("期限")[0] == joins.tasks()[1].split("期限")[0]
    again = crossed(kitsune(GROWTH, LIMIT, told=NAMES([GROWTH, LIMIT])), "seats", 24, 95)
    assert [one.task.purpose for one in again.tells if one.task] == ["usage"]


def eased(story: Story) -> list[tuple[tuple[tuple[str, str], ...], str, bool, int | None]]:
    """What each task names from now on, its text, and whether its due date stays."""
    people = Account("acct-1", "Aozora", "ja-JP", "Asia/Tokyo", csm=Person("u7", "Kato"))
    loaded = Loaded(
        Terms("Asia/Tokyo", None, {}), story.catalog, replace(story.facts, account=people)
    )
    return [
        (
            left,
            task_text(received(tell).facts.read(), "ja").body,
            tell.task is not None and tell.task.eases,
            tell.threshold,
        )  # type: ignore[misc]
        for _, left, tell in expiry.eased(loaded, story.now)
    ]


def test_a_reason_that_falls_away_is_told_no_longer() -> None:
    everything = NAMES([LIMIT, GROWTH, PROMOTED])
    ((left, text, eases, _),) = eased(kitsune(LIMIT, PROMOTED, told=everything))
    assert left == NAMES([LIMIT, PROMOTED])
    assert eases
    assert f"{REACHED}。{CONTENT}。" in text
    assert HIRING not in text
    assert SEATS not in text
    assert "新しい理由" not in text
    assert eased(kitsune(LIMIT, GROWTH, PROMOTED, told=everything)) == []


def test_once_no_reason_is_left_the_task_says_so() -> None:
    story = kitsune(PROMOTED, told=NAMES([PROMOTED])).at(NOW + timedelta(days=91))
    ((left, text, _, _),) = eased(story)
    assert left == ()
    assert "この商談の理由になっていたことは、今はすべて解消しています" in text
    assert "伝えること: 特にありません。" in text


def test_what_has_no_task_is_not_told() -> None:
    assert eased(kitsune(LIMIT)) == []
    assert eased(kitsune(LIMIT, told=())) == []


def test_what_holds_a_proposal_back_is_said_instead_of_the_sentences() -> None:
    unhappy = kitsune(LIMIT, told=NAMES([LIMIT, GROWTH])).told(
        "nps.responded", score=3, contact="c1"
    )
    ((_, text, _, _),) = eased(unhappy)
    assert WALL not in text
    assert "アップグレードや価格の話はしないでください" in text


def test_a_reason_held_back_by_the_cap_is_added_to_the_open_task() -> None:
    story = kitsune(GROWTH, told=NAMES([GROWTH])).sent(
        NOW - timedelta(days=1), "storage", 80, amount=Decimal(1)
    )
    found = told(story.case("nps.responded", PROMOTED))
    assert found.decision.blocked_by == ("frequency_cap",)
    assert found.decision.outcome == "withheld"
    said = lines(found)
    assert said["起きたこと"] == f"{HIRING}。{CONTENT}。"
    assert "アップグレードや価格の話はしないでください" in said["言わないこと"]
    assert (
        told(kitsune(GROWTH).sent(NOW - timedelta(days=1)).case("nps.responded", PROMOTED)).tasks()
        == []
    )
