"""Who compiles the tests in a fresh checkout, and that nobody waits elsewhere."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.support.bytecode import in_turn


def _worker(place: Path, name: str) -> dict[str, Any]:
    return {"fresh": True, "servers": str(place), "workerid": name}


def test_the_others_collect_after_the_first(tmp_path: Path) -> None:
    begun = Event()

    def collect() -> None:
        with in_turn(_worker(tmp_path / "s", "gw1")):
            begun.set()

    second = Thread(target=collect)
    with in_turn(_worker(tmp_path / "s", "gw0")):
        second.start()
        assert not begun.wait(0.3)
    second.join(60)
    assert begun.is_set()


def test_nobody_waits_without_workers_or_where_all_is_compiled(tmp_path: Path) -> None:
    with in_turn({}), in_turn(_worker(tmp_path / "s", "gw1") | {"fresh": False}):
        assert list(tmp_path.iterdir()) == []
