"""Batches are written in the order of each account and meter."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.batch import waves
from services.notifier.messages import Closing, Notice
from shared.messages import Closed
from tests.unit.notifier.samples import NOW, tell


def told(key: str, account: str = "a", meter: str = "m") -> Notice:
    return tell(key=key, account=account, meter=meter)


def closed(key: str, account: str = "a", meter: str = "m") -> Closing:
    return Closed(key, account, meter, NOW, (), False)


def test_a_batch_without_a_tell_after_a_closing_is_one_wave() -> None:
    (wave,) = waves([told("1"), told("2", "b"), closed("3"), told("4", "b")])
    assert [message.key for message in wave.tells] == ["1", "2", "4"]
    assert [message.key for message in wave.closings] == ["3"]


def test_a_tell_after_a_closing_is_in_the_next_wave() -> None:
    found = waves([closed("1"), told("2"), closed("3"), told("4"), told("5", meter="other")])
    assert [([m.key for m in wave.tells], [m.key for m in wave.closings]) for wave in found] == [
        (["5"], ["1"]),
        (["2"], ["3"]),
        (["4"], []),
    ]


KINDS = st.tuples(
    st.sampled_from(["tell", "close"]), st.sampled_from(["a", "b"]), st.sampled_from(["m", "n"])
)


@given(st.lists(KINDS, max_size=30))
def test_nothing_is_lost_and_every_account_and_meter_keeps_its_order(
    kinds: list[tuple[str, str, str]],
) -> None:
    messages: list[Notice | Closing] = [
        told(str(n), account, meter) if kind == "tell" else closed(str(n), account, meter)
        for n, (kind, account, meter) in enumerate(kinds)
    ]
    written: list[Notice | Closing] = []
    for wave in waves(messages):
        written += [*wave.tells, *wave.closings]
    assert sorted(message.key for message in written) == sorted(message.key for message in messages)
    for account, meter in {(message.account, message.meter) for message in messages}:
        order = [
            int(message.key)
            for message in written
            if (message.account, message.meter) == (account, meter)
        ]
        assert order == sorted(order)
