"""What a server says to a node that is not there yet; for `new`, `version` and `doctor`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vantage6.common.api_session import ApiSession, Timeout
from vantage6.common.errors import NotFound, ServerUnreachable, V6Error, WireError
from vantage6.common.outbound import Outbound

_PATIENCE = Timeout(connect_s=5, read_s=15)


class AtServer(NamedTuple):
    """A server, and the node as it is registered there; empty texts without an API key."""

    address: str
    version: str
    node: str = ""
    organization: str = ""
    public_key: str = ""
    is_encrypted: bool | None = None


def meet(settings: Mapping[str, Any]) -> AtServer:
    """Ask a server for its version, and, where an API key is given, who the node is.

    Parameters
    ----------
    settings
        Settings of a node, nested as in its configuration.

    Raises
    ------
    V6Error
        When the server cannot be reached, is none of vantage6, or refuses the key.
    """
    session = ApiSession(
        settings["server_url"],
        settings.get("port"),
        settings.get("api_path", "/api"),
        timeout=_PATIENCE,
        outbound=_outbound(settings),
    )
    try:
        version = version_of(session)
        key = settings.get("api_key")
        return _node(session, version, key) if key else AtServer(session.base_url, version)
    finally:
        session.close()


def problem_with_key(met: AtServer, file: str) -> str | None:
    """Why a private key is not that of the organization at the server; None when it is.

    An organization without a public key there takes any key.
    """
    from vantage6.common.encryption import RSACryptor

    try:
        cryptor = RSACryptor(Path(file).expanduser())
    except (OSError, V6Error) as error:
        return f"{file} cannot be used as private key ({error})"
    if met.public_key and not cryptor.verify_public_key(met.public_key):
        return f"{file} is not the key that the server knows of {met.organization}"
    return None


def version_of(session: ApiSession) -> str:
    """Version of the server of a session.

    Raises
    ------
    ServerUnreachable
        When nothing, or something else than a server of vantage6, answers.
    """
    try:
        body = session.get("version")
    except NotFound as error:
        raise _no_server(session) from error
    except WireError as error:
        raise ServerUnreachable(f"{session.base_url}: {error.message}") from error
    if not isinstance(body, dict) or "version" not in body:
        raise _no_server(session)
    return str(body["version"])


def _node(session: ApiSession, version: str, key: str) -> AtServer:
    from vantage6.node.server_api import ServerAPI

    session.log_in("token/node", {"api_key": key})
    server = ServerAPI(session)
    me = server.me()
    return AtServer(
        address=session.base_url,
        version=version,
        node=me.name,
        organization=server.organization_name(me.organization_id),
        public_key=server.public_key(me.organization_id),
        is_encrypted=server.is_encrypted(me.collaboration_id),
    )


def _outbound(settings: Mapping[str, Any]) -> Outbound:
    return Outbound(
        settings.get("ca_bundle"),
        settings.get("http_proxy"),
        settings.get("https_proxy"),
        settings.get("no_proxy") or (),
    )


def _no_server(session: ApiSession) -> ServerUnreachable:
    return ServerUnreachable(
        f"something answers at {session.base_url}, but it is no server of vantage6; check the"
        " port and the API path"
    )
