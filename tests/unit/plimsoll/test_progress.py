"""What the user sees while servers start."""

import io

from plimsoll.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def steps(stream: io.StringIO) -> str:
    progress = Progress(stream)
    for done in range(1, 5):
        progress(f"downloading Apache Kafka {done}/4")
    progress("starting Apache Kafka")
    progress.done()
    return stream.getvalue()


def test_a_log_gets_one_line_per_phase() -> None:
    assert steps(io.StringIO()) == "downloading Apache Kafka\nstarting Apache Kafka\n"


def test_a_terminal_gets_one_line_that_changes_and_is_wiped_at_the_end() -> None:
    shown = steps(Terminal()).split("\r\x1b[K")
    assert shown[1] == "downloading Apache Kafka 1/4 [#####...............]"
    assert shown[4:] == [
        "downloading Apache Kafka 4/4 [####################]",
        "starting Apache Kafka",
        "",
    ]
    assert "\n" not in "".join(shown)
