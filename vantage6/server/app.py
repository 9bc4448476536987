"""Composition root of the server: builds every object from the configuration.

Nothing else makes a database, an application or a socket server. How they are served is in `wsgi`.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from flasgger import Swagger
from flask import Flask
from flask_socketio import SocketIO
from gevent import get_hub, monkey
from werkzeug.middleware.proxy_fix import ProxyFix

from vantage6 import __version__
from vantage6.common.config.loader import Loaded
from vantage6.common.logs import configure_logging
from vantage6.common.paths import Folders
from vantage6.server import startup
from vantage6.server.api import errors, openapi
from vantage6.server.api.credentials import Lifetimes, Tokens
from vantage6.server.api.declaration import Context, Limits
from vantage6.server.api.headers import SafeHeaders
from vantage6.server.api.routing import IdConverter, JsonApi, keep_crawlers_out
from vantage6.server.config import RateLimit, ServerConfig, VpnServer, database_uri, jwt_secret
from vantage6.server.mail import Mail, Mailer, SmtpMailer
from vantage6.server.model.authenticatable import AccessChanged
from vantage6.server.resource.routes import ROUTES, link_methods
from vantage6.server.schema.links import Links
from vantage6.server.service import authentication
from vantage6.server.service.letters import Letters
from vantage6.server.service.limiter import Limiter
from vantage6.server.service.login_session import Sessions
from vantage6.server.service.recovery import Recovery
from vantage6.server.service.recovery_tokens import RecoveryTokens
from vantage6.server.service.throttle import Door, Throttle
from vantage6.server.service.vpn import VpnPortal
from vantage6.server.session import Announcement, Database
from vantage6.server.sockets.namespace import SocketContext, TasksNamespace
from vantage6.server.sockets.presence import Presence
from vantage6.server.sockets.publisher import SocketPublisher
from vantage6.server.sockets.review import Review

log = logging.getLogger(__name__)
_MAX_SOCKET_MESSAGE_BYTES = 1_000_000
_Answer = TypeVar("_Answer")
_KB, _MB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Server:
    """A server that is ready to be served."""

    app: Flask
    socketio: Any
    database: Database
    tokens: Tokens
    review: Review
    prefix: str
    """Path of the API."""


def build(loaded: Loaded[ServerConfig], folders: Folders, *, scope: str = "user") -> Server:
    """A server from its configuration file, with its log open and its database up to date.

    Parameters
    ----------
    loaded
        The configuration.
    folders
        Where data and log are kept.
    scope
        ``user`` or ``system``; a part of the name of the log file, as in 3.x.
    """
    settings = loaded.settings
    secret = jwt_secret(settings, folders.data)
    file = folders.log / f"server_{loaded.environment}_{scope}.log"
    configure_logging(settings.logging, file, [secret])
    server = create_app(settings, folders.data)
    startup.prepare(server.database, loaded.environment)
    return server


def create_app(settings: ServerConfig, data_folder: Path) -> Server:
    """Every object of a server, connected; nothing is read or stored yet.

    Parameters
    ----------
    settings
        The configuration.
    data_folder
        Where the database file and the generated secret are kept.
    """
    socketio = SocketIO(
        # One mode everywhere: its threads are gevent's where the standard library is patched.
        async_mode="threading",
        # In order, as the node sent them; a node that floods waits for itself.
        async_handlers=False,
        manage_session=False,
        # An empty list: no CORS headers from here, see `SafeHeaders`. Origins are not compared,
        # because the log-in is in a header that no web page can send for somebody else.
        cors_allowed_origins=[],
        max_http_buffer_size=_MAX_SOCKET_MESSAGE_BYTES,
        ping_interval=25,
        ping_timeout=60,
        logger=settings.debug.socketio,
        engineio_logger=settings.debug.socketio,
    )
    publisher, presence = SocketPublisher(socketio), Presence()
    uri = database_uri(settings.uri, data_folder)
    # The delivery needs the review, which needs the database.
    database = Database(uri, deliver=lambda effect: deliver(effect))
    review = Review(database, presence, publisher)
    deliver = _delivery(publisher, review, SmtpMailer(settings.smtp))
    app = Flask("vantage6.server", static_folder=None)
    app.config["SECRET_KEY"] = jwt_secret(settings, data_folder)
    tokens = Tokens(app, app.config["SECRET_KEY"], _lifetimes(settings))
    _add_api(app, settings, database, tokens)
    queue = settings.rabbitmq_uri
    socketio.init_app(app, message_queue=queue.get_secret_value() if queue else None)
    _bound_messages(socketio)
    socketio.on_namespace(TasksNamespace(SocketContext(database, tokens, publisher, presence)))
    proxied = ProxyFix(
        app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
    )
    app.wsgi_app = SafeHeaders(proxied, settings.cors_allowed_origins)  # type: ignore[method-assign]  # Flask's way to add middleware
    return Server(app, socketio, database, tokens, review, settings.api_path)


def _add_api(app: Flask, settings: ServerConfig, database: Database, tokens: Tokens) -> None:
    app.url_map.converters["id"] = IdConverter
    app.register_error_handler(Exception, errors.answer)
    keep_crawlers_out(app)
    limiter = Limiter(settings.password_policy, Letters(settings.support_address), _offload)
    validity = timedelta(minutes=settings.smtp.email_token_validity_minutes)
    context = Context(
        database=database,
        tokens=tokens,
        links=Links(settings.api_path, link_methods()),
        limits=Limits(
            settings.max_body_kb * _KB, settings.max_payload_mb * _MB, settings.max_page_size
        ),
        log_in=partial(
            authentication.log_in_user,
            limiter=limiter,
            two_factors=settings.two_factor_auth,
        ),
        sessions=Sessions(
            timedelta(hours=settings.refresh_token_expires_hours),
            timedelta(seconds=settings.refresh_token_grace_seconds),
        ),
        recovery=Recovery(
            limiter,
            RecoveryTokens(app.config["SECRET_KEY"], validity),
            timedelta(minutes=settings.smtp.minutes_between_mails),
        ),
        hash_password=limiter.hash,
        throttle=_throttle(settings.rate_limit),
        aside=partial(_aside, database),
        vpn=_vpn_portal(settings.vpn_server),
    )
    api = JsonApi(app)
    for route in ROUTES:
        api.add_resource(
            route.resource,
            settings.api_path + route.path,
            resource_class_kwargs={"context": context},
        )
    _Description(app, config={"openapi": "3.0.0", "title": "vantage6"}, merge=True)


def _vpn_portal(settings: VpnServer | None) -> VpnPortal | None:
    if settings is None:
        return None
    # Most servers have none, and should not load an HTTP client for it.
    from vantage6.server.eduvpn import EduVpnPortal

    return EduVpnPortal(settings)


class _Description(Swagger):  # type: ignore[misc]  # flasgger is untyped
    """Swagger UI over the derived description."""

    def get_apispecs(self, endpoint: str = "apispec_1") -> dict[str, Any]:
        """The description instead of what flasgger reads from docstrings."""
        if endpoint not in self.apispecs:
            self.apispecs[endpoint] = openapi.describe(self.app, __version__)
        description: dict[str, Any] = self.apispecs[endpoint]
        return description


def _lifetimes(settings: ServerConfig) -> Lifetimes:
    return Lifetimes(
        access=timedelta(hours=settings.access_token_hours),
        refresh=timedelta(hours=settings.refresh_token_expires_hours),
        container=timedelta(days=settings.container_token_days),
    )


def _throttle(settings: RateLimit) -> Throttle:
    limits = {
        Door.USER_LOG_IN: settings.failed_log_ins,
        Door.NODE_LOG_IN: settings.failed_log_ins,
        Door.RECOVERY: settings.recoveries,
    }
    return Throttle(limits if settings.enabled else {}, 60 * settings.window_minutes)


def _delivery(
    publisher: SocketPublisher, review: Review, mailer: Mailer
) -> Callable[[object], None]:
    def deliver(effect: object) -> None:
        if isinstance(effect, Announcement):
            review.lately()
            publisher.deliver(effect)
        elif isinstance(effect, AccessChanged):
            review.now()
        elif isinstance(effect, Mail):
            # A mail server takes seconds, and the caller waits for the answer.
            threading.Thread(target=_send, args=(mailer, effect), daemon=True).start()
        else:
            raise TypeError(f"nobody delivers a {type(effect).__name__}")

    return deliver


def _send(mailer: Mailer, mail: Mail) -> None:
    try:
        mailer.send(mail)
    except (OSError, ValueError):
        # A ValueError is an address that cannot be one.
        log.exception("mail was not sent subject=%s", mail.subject)


def _aside(database: Database, work: Callable[[], None]) -> None:
    """Do work in a thread, which is gevent's where the standard library is patched."""

    def run() -> None:
        try:
            with database.begin():
                work()
        except Exception:
            log.exception("work beside a request failed")

    threading.Thread(target=run, name="aside", daemon=True).start()


def _offload(work: Callable[[], _Answer]) -> _Answer:
    """Run a computation beside gevent's one thread, so that other requests go on."""
    if not monkey.is_module_patched("socket"):
        return work()
    answer: _Answer = get_hub().threadpool.apply(work)
    return answer


def _bound_messages(socketio: Any) -> None:
    """Refuse large websocket messages while they arrive.

    python-engineio looks at the size of a message when it is in memory already, and there is no
    option for less.
    """
    engine = socketio.server.eio
    bounded = partial(SimpleWebSocketWSGI, max_message_size=_MAX_SOCKET_MESSAGE_BYTES)
    engine._async = {**engine._async, "websocket": bounded}
