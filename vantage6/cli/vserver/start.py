"""`start` of the server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vantage6.cli import options
from vantage6.cli.context import Selection

if TYPE_CHECKING:
    from vantage6.server.session import Database


@click.command(epilog="Example: vserver-local start --name main --port 5001")
@options.selection("server")
@click.option("--ip", help="Address to listen to, instead of the configured one")
@click.option("-p", "--port", type=click.IntRange(1, 65535), help="Port, likewise")
@click.option(
    "--import",
    "entities",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file with organizations and collaborations to import first",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    help="Web site that may call this server from a browser, beside those of the configuration;"
    " may be repeated",
)
@click.option("--debug", is_flag=True, help="Log everything that a developer may want to know")
@options.dockerized
def start(
    selection: Selection,
    ip: str | None,
    port: int | None,
    entities: Path | None,
    origins: tuple[str, ...],
    debug: bool,
    dockerized: bool,
) -> None:
    """Run a server in the foreground until Ctrl-C."""
    from vantage6.cli.configs import find_or_make
    from vantage6.cli.context import configure
    from vantage6.server.wsgi import listen, patch, serve

    # Asked before the patch, since a question at the terminal does not go well with it.
    instance = find_or_make(selection)
    patch()
    from vantage6.cli.running import claim
    from vantage6.common.echo import info
    from vantage6.server.config import ServerConfig

    level = "DEBUG" if debug else None
    wishes: dict[str, Any] = {"ip": ip, "port": port, "logging.level": level}
    configured = configure(instance, ServerConfig, wishes)
    if origins:
        wishes["cors_allowed_origins"] = [*configured.settings.cors_allowed_origins, *origins]
        configured = configure(instance, ServerConfig, wishes)
    if dockerized:
        from vantage6.cli.dockerized import inside

        configured = inside(configured)
    settings, folders = configured.settings, configured.folders
    address = f"http://{settings.ip}:{settings.port}{settings.api_path}"
    with claim(folders.data), listen(settings.ip, settings.port) as listener:
        # Takes seconds to import; who connects meanwhile waits.
        from vantage6.server.app import build

        server = build(configured.loaded, folders, scope=instance.scope)
        if entities is not None:
            _import(server.database, entities)
        serve(server, listener, ready=lambda: info(f"Ready at {address}"))


def _import(database: "Database", file: Path) -> None:
    from vantage6.server.fixtures import import_fixtures, load

    fixtures = load(file)
    with database.begin():
        import_fixtures(fixtures)
