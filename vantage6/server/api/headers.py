"""Headers on every answer, those of the socket included: browser protections and CORS."""

from collections.abc import Callable, Iterable
from typing import Any

_Headers = list[tuple[str, str]]
_StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], _StartResponse], Iterable[bytes]]

_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)
_NEVER = {"server", "x-powered-by"}
"""Who knows a version knows its holes."""
_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST"
_REQUEST_HEADERS = "Authorization, Content-Type"
_EXPOSED = "Link, total-count, jwt-token"
_PREFLIGHT_S = "600"


class SafeHeaders:
    """WSGI middleware that completes the headers of an answer.

    Parameters
    ----------
    app
        What answers.
    origins
        Web sites that a browser may let read the answers; others get no CORS header at all.
    """

    def __init__(self, app: WsgiApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = {origin.rstrip("/") for origin in origins}

    def __call__(self, environ: dict[str, Any], start_response: _StartResponse) -> Iterable[bytes]:
        """Answer one request."""

        def start(status: str, headers: _Headers, exc_info: Any = None) -> Any:
            return start_response(status, self._complete(environ, headers), exc_info)

        return self._app(environ, start)

    def _complete(self, environ: dict[str, Any], headers: _Headers) -> _Headers:
        kept = [(name, value) for name, value in headers if name.lower() not in _NEVER]
        present = {name.lower() for name, _ in kept}
        if "cache-control" not in present:
            # Answers hold tokens and results; no proxy on the way may keep them.
            kept.append(("Cache-Control", "no-store"))
        kept += [(name, value) for name, value in _ALWAYS if name.lower() not in present]
        return kept + self._cors(environ)

    def _cors(self, environ: dict[str, Any]) -> _Headers:
        if not self._origins:
            return []
        varying = [("Vary", "Origin")]
        origin = environ.get("HTTP_ORIGIN", "")
        if origin not in self._origins:
            return varying
        allowed = [("Access-Control-Allow-Origin", origin), *varying]
        if environ["REQUEST_METHOD"] != "OPTIONS":
            return [*allowed, ("Access-Control-Expose-Headers", _EXPOSED)]
        return [
            *allowed,
            ("Access-Control-Allow-Methods", _METHODS),
            ("Access-Control-Allow-Headers", _REQUEST_HEADERS),
            ("Access-Control-Max-Age", _PREFLIGHT_S),
        ]
