"""Gives its value back after a while, or fails."""

import json
import os
import sys
import time
from pathlib import Path

text = Path(os.environ["INPUT_FILE"]).read_text("utf-8")
arguments = json.loads(text.removeprefix("json."))["kwargs"]
time.sleep(arguments["seconds"])
if arguments["fails"]:
    sys.exit(3)
Path(os.environ["OUTPUT_FILE"]).write_text(json.dumps({"value": arguments["value"]}), "utf-8")
