"""A Python console in the interpreter of a published client, spoken to in lines of JSON.

In: ``{"script": text}`` or ``{"expression": text}``. Out, one line for each of them:
``{"value": repr of the value, "error": [class, message], "printed": text}``, with what does not
apply left out. Names stay known from one line to the next, as in a terminal. A script that calls
``pause()`` sends ``{"paused": true}`` and goes on after the next line, whatever it says.

Only what comes with Python is imported here: everything else is the work of the scripts.
"""

import io
import json
import os
import sys


def run(asked, names):
    """The answer to one line."""
    try:
        if "expression" in asked:
            return {"value": repr(eval(asked["expression"], names))}  # noqa: S307  # our own tests
        exec(compile(asked["script"], "<script>", "exec"), names)  # noqa: S102  # our own tests
    except BaseException as error:  # noqa: BLE001  # the test raises it again
        return {"error": [type(error).__name__, str(error)]}
    return {}


def main():
    # The client logs and prints; none of that may get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout = io.StringIO()

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)

    def pause():
        say({"paused": True})
        sys.stdin.readline()

    names = {"__name__": "__main__", "pause": pause}
    for line in iter(sys.stdin.readline, ""):
        answer = run(json.loads(line), names)
        answer["printed"] = sys.stdout.getvalue()
        sys.stdout.seek(0)
        sys.stdout.truncate()
        say(answer)


main()
