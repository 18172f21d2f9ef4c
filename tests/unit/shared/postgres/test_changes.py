"""What changed in a transaction, as words."""

from shared.postgres.changes import MOST, Changes


def test_each_thing_is_a_word_once_and_many_of_a_kind_are_one_word() -> None:
    changes = Changes()
    changes.add("task", ["t2", "t1"])
    changes.add("task", ["t1"])
    for number in range(10 * MOST):
        changes.add("alert", [str(number)])
    assert changes.words() == ["alert *", "task t1", "task t2"]


def test_as_many_as_may_be_named_are_named() -> None:
    changes = Changes()
    changes.add("delivery", (str(number) for number in range(MOST)))
    assert len(changes.words()) == MOST


def test_all_of_a_kind_may_be_said_at_once() -> None:
    changes = Changes()
    changes.add("delivery", ["*"])
    assert changes.words() == ["delivery *"]
