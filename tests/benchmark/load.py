"""Many requests to a server at once, each connection kept open in a thread of its own."""

import threading
import time
from collections.abc import Callable

import requests

Ask = Callable[[requests.Session], requests.Response]


def requests_per_s(ask: Ask, connections: int, lasting_s: float) -> float:
    """Answered requests per second; a request that is refused fails the measurement.

    Those that are under way when the time is over are waited for and counted.
    """
    counts = [0] * connections
    problems: list[str] = []
    begin = time.perf_counter()

    def work(number: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not problems and time.perf_counter() - begin < lasting_s:
                answer = ask(session)
                if not answer.ok:
                    problems.append(f"{answer.request.method} {answer.url}: {answer.text[:200]}")
                counts[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])
    return sum(counts) / (time.perf_counter() - begin)
