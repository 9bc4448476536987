"""A study of one hospital: who takes part, its data, and the script of its researcher."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[3]
KEY = "6f1a1d54-52a3-4a0b-9a44-0c9a9a3f4f11"
PASSWORD = "Quick-start-1"
COLUMN = "mean_radius"
ENTITIES = f"""
organizations:
  - name: hospital
    users:
      - username: alice
        password: {PASSWORD}
        roles: [Organization Admin, Researcher]
collaborations:
  - name: study
    encrypted: {{encrypted}}
    participants:
      - name: hospital
        api_key: {KEY}
"""
SCRIPT = f"""
import sys
from vantage6.client import Client

url, port, key, image = sys.argv[1:]
client = Client(url, int(port), "/api")
client.authenticate("alice", "{PASSWORD}")
client.setup_encryption(key)
task = client.task.create(
    collaboration=1,
    organizations=[client.whoami.organization_id],
    name="average",
    image=image,
    description="",
    input={{"method": "master", "master": True, "kwargs": {{"column_name": "{COLUMN}"}}}},
)
print(client.wait_for_results(task["id"], timeout=90)[0]["result"]["average"])
"""


class Study:
    """The files of the study in a folder."""

    def __init__(self, folder: Path, *, encrypted: bool = True) -> None:
        self._folder = folder
        self.data = folder / "patients.csv"
        self.entities = folder / "entities.yaml"
        shutil.copy(ROOT / "examples" / "data" / "hospital_a.csv", self.data)
        self.entities.write_text(ENTITIES.format(encrypted=str(encrypted).lower()))
        (folder / "script.py").write_text(SCRIPT)

    @property
    def pooled(self) -> float:
        """The average that must come out."""
        return float(pd.read_csv(self.data)[COLUMN].mean())

    def average(
        self, url: str, port: int, key: Path, image: str, more: Mapping[str, str] | None = None
    ) -> float:
        """What the script of the researcher prints; `more` are variables for it."""
        command = [sys.executable, "script.py", url, str(port), str(key), image]
        variables = {**os.environ, **(more or {})}
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return float(done.stdout.splitlines()[-1])
