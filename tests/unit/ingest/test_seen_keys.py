"""The index of counted keys against plain sets."""

import os
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.seen_keys import Bucket, Index, KeySet, Question

halves = st.integers(0, 3) | st.integers(0, 2**64 - 1)
keys = st.tuples(halves, halves).map(
    lambda pair: pair[0].to_bytes(8, "little") + pair[1].to_bytes(8, "little")
)
buckets = st.builds(Bucket, st.integers(0, 1), st.integers(0, 5))


@given(
    st.lists(st.sets(keys, max_size=12), max_size=8),
    st.sets(keys, min_size=1, max_size=20),
    st.integers(1, 10),
)
def test_a_key_set_finds_exactly_what_was_added(
    batches: list[set[bytes]], asked: set[bytes], tail_keys: int
) -> None:
    held = KeySet(b"".join(batches[0]) if batches else b"", tail_keys=tail_keys)
    expected = set(batches[0]) if batches else set()
    for batch in batches[1:]:
        held.add(batch - expected)
        expected |= batch
        assert len(held) == len(expected)
        assert held.find(Question(sorted(asked))) == asked & expected
    assert held.find(Question(sorted(asked | expected))) == expected


operations = st.lists(
    st.tuples(st.just("add"), buckets, st.sets(keys, max_size=6))
    | st.tuples(st.just("ask"), buckets, st.sets(keys, min_size=1, max_size=6))
    | st.tuples(st.just("forget"), buckets, st.just(set()))
    | st.tuples(st.just("trim"), buckets, st.just(set())),
    max_size=60,
)


@given(operations, st.sampled_from([0, 2_000, 10**9]))
def test_an_index_within_any_budget_answers_as_sets_would(
    steps: list[tuple[str, Bucket, set[bytes]]], budget: int
) -> None:
    """`stored` is PostgreSQL's content: dropped buckets are reloaded from it."""
    index = Index(budget)
    stored: dict[Bucket, set[bytes]] = defaultdict(set)
    for what, bucket, some in steps:
        if what == "forget":
            index.forget({bucket.partition})
        elif what == "trim":
            index.trim(bucket.neighbours())
            assert index.size <= budget or not [
                near
                for near in stored
                if near not in bucket.neighbours() and not index.missing([near])
            ]
        else:
            for near in index.missing(bucket.neighbours()):
                index.put(near, b"".join(stored[near]))
            known = index.known(bucket, sorted(some)) if some else set()
            assert known == {
                key for key in some if any(key in stored[near] for near in bucket.neighbours())
            }
            if what == "add":
                index.add(bucket, some - known)
                stored[bucket] |= some - known


def test_a_dropped_bucket_does_not_restart_with_only_the_newest_keys() -> None:
    index = Index()
    index.add(Bucket(0, 1), [os.urandom(16)])
    assert index.missing([Bucket(0, 1)]) == [Bucket(0, 1)]


def test_asking_for_what_is_not_in_memory_is_an_error() -> None:
    index = Index()
    index.put(Bucket(0, 1), b"")
    with pytest.raises(KeyError):
        index.known(Bucket(0, 1), [bytes(16)])


def test_the_size_follows_what_is_held() -> None:
    index = Index()
    index.put(Bucket(0, 1), os.urandom(16 * 1000))
    held = index.size
    assert 16_000 < held < 17_000
    index.add(Bucket(0, 1), [os.urandom(16) for _ in range(100)])
    assert index.size > held + 1_600
    index.forget({0})
    assert index.size == len(index) == 0
