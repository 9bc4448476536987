"""Ways to the data of others."""

import http.client
import os
from pathlib import Path

from hostile.asking import Told, probe


def ask_proxy(target: str, token: str, method: str = "GET") -> tuple[int, str]:
    """Status and text of what the proxy answers."""
    host, port = os.environ["HOST"].partition("//")[2], int(os.environ["PORT"])
    connection = http.client.HTTPConnection(host, port, timeout=5)
    connection.request(method, target, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace")


def own_token() -> str:
    """The token of this run."""
    return Path(os.environ["TOKEN_FILE"]).read_text()


def own(name: str) -> Path:
    """A file of this run."""
    return Path(os.environ[name])


@probe
def input_changed(told: Told) -> object:
    """Write to the own input."""
    return own("INPUT_FILE").open("ab").closed or "opened"


@probe
def token_changed(told: Told) -> object:
    """Write to the file of the own token."""
    return own("TOKEN_FILE").open("ab").closed or "opened"


@probe
def database_changed(told: Told) -> object:
    """Write to a database of the node."""
    return own("DATABASE_URI").open("ab").closed or "opened"


@probe
def database_replaced(told: Told) -> object:
    """Put something else in the place of a database, for the runs to come."""
    database = own("DATABASE_URI")
    moved = database.rename(database.with_suffix(".old"))
    return moved.rename(database)


@probe
def output_replaced_by_a_link(told: Told) -> object:
    """Put a link to the private key in the place of the output, for the node to follow."""
    output = own("OUTPUT_FILE")
    link = output.with_suffix(".link")
    link.symlink_to(told["private_key"])
    link.rename(output)
    output.unlink()
    output.touch()
    return link


@probe
def output_replaced_by_a_pipe(told: Told) -> object:
    """Put a pipe in the place of the output, for the node to wait at."""
    output = own("OUTPUT_FILE")
    output.unlink()
    os.mkfifo(output)
    output.unlink()
    output.touch()
    return "made"


@probe
def folders_of_other_runs(told: Told) -> object:
    """Find the input, output and token of another run beside the own ones."""
    folder = own("INPUT_FILE").parent
    beside = [path for path in folder.parent.glob("task-*") if path != folder]
    tokens = [path for path in Path("/mnt").rglob("token") if path.parent != folder]
    return [*beside, *tokens, *(path for path in told["run_folders"] if Path(path).exists())]


@probe
def temporary_folders_of_others(told: Told) -> object:
    """Find what runs of other tasks keep in their temporary folder."""
    return list(own("TEMPORARY_FOLDER").rglob(told["secret"]))


@probe
def token_of_another_run(told: Told) -> object:
    """Use the token of another run at the own proxy, to act in its name."""
    status, text = ask_proxy(f"/task/{told['victim_task']}", told["victim_token"])
    return text if status < 300 else None


@probe
def token_of_a_run_that_has_ended(told: Told) -> object:
    """Use the token of a run that has ended."""
    status, text = ask_proxy(f"/task/{told['ended_task']}", told["ended_token"])
    return text if status < 300 else None


@probe
def accounts_of_the_server(told: Told) -> object:
    """Log in at the server through the proxy, to guess passwords in the name of the node."""
    codes = [ask_proxy(path, own_token(), "POST")[0] for path in ("/token/user", "/token/node")]
    return [code for code in codes if code != 404]


@probe
def proxy_to_elsewhere(told: Told) -> object:
    """Have the proxy fetch from another host, or from outside of the API."""
    elsewhere = f"http://127.0.0.1:{told['tcp_port']}/"
    targets = [elsewhere, "/../../", "/%2e%2e/%2e%2e/", f"/..;/{elsewhere}", f"//{elsewhere[7:]}"]
    answers_ = [(target, *ask_proxy(target, own_token())) for target in targets]
    return [target for target, status, text in answers_ if told["canary"] in text]
