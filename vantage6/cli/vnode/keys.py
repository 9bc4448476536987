"""`create-private-key` and `set-api-key`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantage6.cli import options
from vantage6.cli.context import Selection
from vantage6.cli.exits import Refused
from vantage6.common.echo import info, warning

if TYPE_CHECKING:
    from vantage6.cli.vnode.account import Owner


@click.command("create-private-key", epilog="Example: vnode create-private-key --name hospital")
@options.selection("node")
@click.option("-o", "--organization-name", help="Names the file; else the user's organization")
@click.option(
    "--overwrite", "--force", is_flag=True, help="Replace a key that exists, also at the server"
)
@click.option(
    "--replace-at-server",
    is_flag=True,
    help="Keep the key that is here; its public half takes the place of another at the server",
)
@click.option("--upload/--no-upload", default=True, help="Give the public key to the server")
@click.option(
    "--username",
    envvar="V6_USERNAME",
    show_envvar=True,
    help="User who may change the organization; else asked for",
)
@click.option("--mfa-code", help="Second factor; asked for where the server wants one")
def create_private_key(
    selection: Selection,
    organization_name: str | None,
    overwrite: bool,
    replace_at_server: bool,
    upload: bool,
    username: str | None,
    mfa_code: str | None,
) -> None:
    """Make the key pair of your organization.

    The private half stays here, the public half is given to the server.

    The password may be in the environment, as V6_PASSWORD.
    """
    from vantage6.cli.config_file import set_value
    from vantage6.cli.context import configure, find
    from vantage6.node.config import NodeConfig

    configured = configure(find(selection), NodeConfig)
    instance, settings = configured.instance, configured.settings
    session, owner = None, None
    if upload or not organization_name:
        from vantage6.cli.vnode.account import log_in
        from vantage6.common.api_session import ApiSession

        server = (settings.server_url, settings.port, settings.api_path)
        session = ApiSession(*server, outbound=settings.outbound)
        owner = log_in(session, username, mfa_code)
    name = organization_name or (owner.name if owner else "")
    file = _key_file(configured.folders.data.parent, name)
    if not (overwrite or replace_at_server) and upload and owner:
        _check_server(file, owner)
    key = _key(file, overwrite=overwrite)
    set_value(
        instance.file,
        NodeConfig,
        configured.loaded.environment,
        "encryption.private_key",
        str(file),
    )
    info(f"The configuration names {file} now")
    if upload and session and owner:
        session.patch(f"organization/{owner.id}", {"public_key": key})
        info(f"The server has the public key of {owner.name} now")
    if not settings.encryption.enabled:
        warning("encryption.enabled is off in this configuration: the key is not used yet")


@click.command("set-api-key", epilog="Example: vnode set-api-key --name hospital")
@options.selection("node")
@click.option(
    "--api-key",
    prompt="API key",
    hide_input=True,
    envvar="V6_API_KEY",
    show_envvar=True,
    help="Key the node logs in with; asked for when it is not given",
)
def set_api_key(selection: Selection, api_key: str) -> None:
    """Put a new API key into the configuration.

    The rest of the file stays as it is.
    """
    from vantage6.cli.config_file import set_value
    from vantage6.cli.context import configure, find
    from vantage6.node.config import NodeConfig

    configured = configure(find(selection), NodeConfig)
    file, environment = configured.instance.file, configured.loaded.environment
    set_value(file, NodeConfig, environment, "api_key", api_key)
    info(f"Changed the API key in {file}; restart the node to use it")


def _key_file(folder: Path, organization: str) -> Path:
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in organization)
    return folder / f"privkey_{name}.pem"


def _check_server(file: Path, owner: "Owner") -> None:
    """Refuse, before anything is changed, to replace a public key that the server has."""
    from vantage6.common.encryption import RSACryptor

    ours = RSACryptor(file).public_key_str if file.exists() else None
    if owner.public_key not in ("", ours):
        raise Refused(
            f"the server has another public key of {owner.name}: with a new one, what was"
            f" encrypted for the old one can no longer be read. Put the old private key at {file};"
            " or say --replace-at-server to keep the key that is here, or --overwrite to make one"
        )


def _key(file: Path, *, overwrite: bool) -> str:
    """Public key of `file`, which is made if need be."""
    from vantage6.common.encryption import RSACryptor

    if file.exists() and not overwrite:
        info(f"Kept the key that is there: {file}")
        return RSACryptor(file).public_key_str
    file.parent.mkdir(parents=True, exist_ok=True)
    RSACryptor.create_new_rsa_key(file)
    info(f"Made a private key: {file}. Keep a copy in a safe place, and never give it away")
    return RSACryptor(file).public_key_str
