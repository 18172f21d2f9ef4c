"""Times on a machine that other tests share: what it adds is never negative, so that the fastest of
several tries says most of what was measured.
"""

from collections.abc import Awaitable, Callable, Mapping

TRIES = 60


async def too_slow(
    measure: Callable[[], Awaitable[Mapping[str, float]]],
    most: Mapping[str, float],
    tries: int = TRIES,
) -> list[str]:
    """Of what is measured (name -> ms), what took longer than `most` in each try, with the time of
    every one. Ends as soon as there is nothing.
    """
    found: dict[str, list[float]] = {name: [] for name in most}
    for _ in range(tries):
        took = await measure()
        for name, times in found.items():
            times.append(took[name])
        if all(min(times) < most[name] for name, times in found.items()):
            return []
    return [
        f"{name}: {min(times):.0f} ms of {most[name]:.0f} at best, of {' '.join(map(_ms, times))}"
        for name, times in found.items()
        if min(times) >= most[name]
    ]


def _ms(time: float) -> str:
    return f"{time:.0f}"
