"""Headers on every answer, those of the socket included: browser protections and CORS."""

from collections.abc import Callable, Iterable
from typing import Any

_Headers = list[tuple[str, str]]
_StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], _StartResponse], Iterable[bytes]]

_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"
_SCRIPT = "'sha256-Kmpt4uw7SAaQUsBs1K35acyp5srRca4eVfKjJLiNiAA='"
"""Hash of the script in templates/flasgger/index.html, the only one outside of a file."""
_PAGE_POLICY = (
    f"default-src 'none'; script-src 'self' {_SCRIPT}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""For the API description: it runs from this server alone, and speaks to no other."""
_ONE_YEAR = "max-age=31536000"
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
        policy = _PAGE_POLICY if _is_page(headers) else _JSON_POLICY
        wanted = [*_ALWAYS, ("Content-Security-Policy", policy)]
        if _is_encrypted(environ):
            wanted.append(("Strict-Transport-Security", _ONE_YEAR))
        kept += [(name, value) for name, value in wanted if name.lower() not in present]
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


def _is_page(headers: _Headers) -> bool:
    return any(
        name.lower() == "content-type" and value.startswith("text/html") for name, value in headers
    )


def _is_encrypted(environ: dict[str, Any]) -> bool:
    """Whether the browser came by TLS; usually that ends at a proxy, which says so.

    Notes
    -----
    RFC 6797 section 7.2: the header is not sent over plain HTTP. Who forges the proxy's word only
    deceives its own browser.
    """
    forwarded = environ.get("HTTP_X_FORWARDED_PROTO", "")
    return "https" in (environ.get("wsgi.url_scheme"), forwarded.strip().lower())
