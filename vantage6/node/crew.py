"""The threads that do the node's slow work, and the fence around the work for each run."""

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial

from vantage6.common.errors import RuntimeUnavailable, V6Error
from vantage6.node.runs import Adopt, Clear, Collect, Command, Failed, Kill, Start, StateEvent
from vantage6.node.runtime.base import StartError
from vantage6.node.work import Work

log = logging.getLogger(__name__)

Task = Callable[[], None]
_THREADS = 8


class Workers:
    """A few threads that carry out work in the order in which it came.

    Parameters
    ----------
    name
        Beginning of the threads' names.
    count
        Number of threads.

    Notes
    -----
    Unlike those of `concurrent.futures` the threads do not hold up the end of the process: an
    image that is being pulled must not keep a node from stopping.
    """

    def __init__(self, name: str, count: int) -> None:
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._count = count
        for i in range(count):
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True).start()

    def submit(self, task: Task) -> None:
        """Have a task carried out; it must not raise."""
        self._tasks.put(task)

    def stop(self) -> None:
        """Let each thread end after its present task; what waits is dropped."""
        while not self._tasks.empty():
            self._tasks.get()
        for _ in range(self._count):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()


class Crew:
    """Workers for commands and questions.

    Parameters
    ----------
    work
        What carries out commands.
    put
        Takes the events that follow.

    Notes
    -----
    There are three pools: a server that hangs must not hold up a kill, nor an image that is being
    pulled the upload of a result.
    """

    def __init__(self, work: Work, put: Callable[[object], None]) -> None:
        self._work = work
        self._put = put
        self._starters = Workers("start", _THREADS)
        self._keepers = Workers("runtime", _THREADS)
        self._callers = Workers("server", _THREADS)

    def carry_out(self, command: Command) -> None:
        """Have a command carried out; what follows, or `Failed`, is put in the inbox."""
        workers = self._callers
        if isinstance(command, Start):
            workers = self._starters
        elif isinstance(command, Adopt | Kill | Collect | Clear):
            workers = self._keepers
        workers.submit(partial(self._do, command))

    def ask_server(self, what: str, task: Task) -> None:
        """Have the server asked something; a failure is logged as being unable to do `what`."""
        self._callers.submit(partial(_attempt, what, task))

    def ask_runtime(self, what: str, task: Task) -> None:
        """The same for the runtime."""
        self._keepers.submit(partial(_attempt, what, task))

    def stop(self) -> None:
        """Take no more work; what is being done may or may not come to its end."""
        for workers in (self._starters, self._keepers, self._callers):
            workers.stop()

    def _do(self, command: Command) -> None:
        event = self._fenced(command)
        if event is not None:
            self._put(event)

    def _fenced(self, command: Command) -> StateEvent | None:
        """The fault barrier: what goes wrong for one run stays news about that run."""
        kind, result_id = type(command).__name__.lower(), command.facts.result_id
        try:
            return self._work.carry_out(command)
        except StartError as error:
            log.warning("not started result=%s: %s (%s)", result_id, error, error.debug)
            return Failed(command, error.message, error.status)
        except V6Error as error:
            log.warning("%s failed result=%s: %s (%s)", kind, result_id, error, error.debug)
            is_passing = isinstance(error, RuntimeUnavailable)
            return Failed(command, error.message, is_passing=is_passing)
        except Exception:  # the border
            log.exception("unexpected error in %s result=%s", kind, result_id)
            return Failed(command, "unexpected error; the log of the node has the details")


def _attempt(what: str, task: Task) -> None:
    try:
        task()
    except V6Error as error:
        log.warning("cannot %s: %s (%s)", what, error, error.debug)
    except Exception:  # the border
        log.exception("unexpected error: cannot %s", what)
