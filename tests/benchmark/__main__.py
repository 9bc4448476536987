"""Measures what people wait for: ``python -m tests.benchmark [NAME…]``, or ``make bench``.

Absolute figures move with the machine and with what else it does; compare ratios, each to a
reference that was measured in the same run. The last column is the ratio of the published 3.11.1.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator

from tests.benchmark import average, crypto, floor, lab, lists, rest, startup, waiting
from tests.benchmark.measure import Row, head, line
from vantage6.common.errors import V6Error

BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "startup": startup.measure,
    "crypto": crypto.measure,
    "rest": rest.measure,
    "lists": lists.measure,
    "floor": floor.measure,
    "average": average.measure,
    "waiting": waiting.measure,
    "lab": lab.measure,
}


def main() -> int:
    """Run the named benchmarks, all when none is named; 1 when one of them could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    # What was started is stopped on the way out, also when a time limit ends this.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    status = 0
    for name in names:
        print(f"\n{head(name)}", flush=True)
        try:
            for row in BENCHMARKS[name]():
                print(line(row), flush=True)
        except V6Error as error:
            print(f"{name} was not measured: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
