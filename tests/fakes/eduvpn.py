"""A portal of eduVPN over HTTPS, as strict as the real one about what it is sent.

It does what https://docs.eduvpn.org/server/v3/api.html and .../v2/api-v2.html say, and what the
portal's own log-in form does: it takes forms of its own pages only, shows the form again after a
wrong password, and redirects after a right one.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ACCOUNT = ("vantage6", "Portal-horse-1")
CLIENT = ("v6-client", "client secret")
REDIRECT = "http://localhost"
CONFIG = "client\nremote vpn.example.org 1194 udp\n{pair}<tls-crypt>\nstatic\n</tls-crypt>\n"
PAIR = "<cert>\nCERTIFICATE {0}\n</cert>\n<key>\nKEY {0}\n</key>\n"
_ROOT = "/vpn-user-portal"


class FakePortal:
    """A portal that listens until it is closed.

    Parameters
    ----------
    folder
        Gets its certificate, `certificate`, which nobody else vouches for.
    version
        Of its API; 2 is an old portal that does not say where its API is.
    """

    def __init__(self, folder: Path, version: int) -> None:
        self.certificate = folder / "portal.pem"
        self.version = version
        self.asks_for_approval = False
        self.is_broken = False
        self.profiles: list[dict[str, Any]] = [
            {"profile_id": "internet", "display_name": "Internet", "vpn_proto_list": ["openvpn"]}
        ]
        self.endpoint_host: str | None = None
        self.pairs = 0
        self.sessions: set[str] = set()
        self.codes: dict[str, str] = {}
        self.tokens: set[str] = set()
        self._http = ThreadingHTTPServer(("localhost", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_make_certificate(self.certificate))
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.origin = f"https://localhost:{self._http.server_port}"
        self.url = self.origin + _ROOT
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """The block `vpn_server` of a server that uses this portal."""
        return {
            "url": self.url,
            "portal_username": ACCOUNT[0],
            "portal_userpass": ACCOUNT[1],
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "redirect_url": REDIRECT,
        }

    def trust(self, patch: pytest.MonkeyPatch) -> None:
        """Let clients in this process accept the certificate."""
        patch.setenv("REQUESTS_CA_BUNDLE", str(self.certificate))
        patch.setenv("NO_PROXY", "localhost")

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def new_pair(self) -> int:
        self.pairs += 1
        return self.pairs

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"portal": self})


class _Handler(BaseHTTPRequestHandler):
    portal: FakePortal

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer("POST", {name: values[0] for name, values in parse_qs(body).items()})

    def log_message(self, *arguments: Any) -> None:
        """Keep the output of the tests clean."""

    def _answer(self, verb: str, form: dict[str, str]) -> None:
        if self.portal.is_broken:
            return self._say(500, "out of order", "text/plain")
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        path = address.path.removeprefix(_ROOT)
        action = self._actions().get((verb, path))
        if action is None:
            return self._say(404, "no such page", "text/plain")
        return action(form | query)

    def _actions(self) -> dict[tuple[str, str], Any]:
        if self.portal.version == 3:
            return {
                ("GET", "/.well-known/vpn-user-portal"): self._endpoints,
                ("POST", "/_user_pass_auth/verify"): self._log_in,
                ("GET", "/oauth/authorize"): self._authorize,
                ("POST", "/oauth/token"): self._token,
                ("GET", "/api/v3/info"): self._info,
                ("POST", "/api/v3/connect"): self._connect,
            }
        return {
            ("POST", "/_form/auth/verify"): self._log_in,
            ("GET", "/_oauth/authorize"): self._authorize,
            ("POST", "/oauth.php/token"): self._token,
            ("GET", "/api.php/profile_list"): self._profile_list,
            ("GET", "/api.php/profile_config"): self._profile_config,
            ("POST", "/api.php/create_keypair"): self._create_keypair,
        }

    # --- log-in and authorization -------------------------------------------------------------

    def _endpoints(self, form: dict[str, str]) -> None:
        base = (self.portal.endpoint_host or self.portal.origin) + _ROOT
        self._say_json(
            {
                "api": {
                    "http://eduvpn.org/api#3": {
                        "api_endpoint": f"{base}/api/v3",
                        "authorization_endpoint": f"{base}/oauth/authorize",
                        "token_endpoint": f"{base}/oauth/token",
                    }
                },
                "v": "3.10.0",
            }
        )

    def _log_in(self, form: dict[str, str]) -> None:
        if self.headers.get("Origin") != self.portal.origin:
            return self._say(400, "CSRF protection failed", "text/plain")
        name = "authRedirectTo" if self.portal.version == 3 else "_form_auth_redirect_to"
        if not form[name].startswith(self.portal.origin):
            return self._say(400, "redirect to somebody else", "text/plain")
        if (form["userName"], form["userPass"]) != ACCOUNT:
            return self._say(200, "The credentials were not correct.", "text/html")
        session = secrets.token_hex()
        self.portal.sessions.add(session)
        return self._redirect(form[name], {"Set-Cookie": f"SESSION={session}; Path=/; Secure"})

    def _authorize(self, query: dict[str, str]) -> None:
        cookie = self.headers.get("Cookie", "").partition("SESSION=")[2]
        if cookie not in self.portal.sessions or self.portal.asks_for_approval:
            return self._say(200, "<form>", "text/html")
        wanted = {"response_type": "code", "scope": "config", "code_challenge_method": "S256"}
        wanted |= {"client_id": CLIENT[0], "redirect_uri": REDIRECT}
        if any(query.get(name) != value for name, value in wanted.items()):
            return self._say(400, "invalid request", "text/plain")
        code = secrets.token_hex()
        self.portal.codes[code] = query["code_challenge"]
        return self._redirect(f"{REDIRECT}?{urlencode({'code': code, 'state': query['state']})}")

    def _token(self, form: dict[str, str]) -> None:
        expected = base64.b64encode(":".join(CLIENT).encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = (
            self.headers.get("Authorization") == f"Basic {expected}"
            and form["grant_type"] == "authorization_code"
            and form["redirect_uri"] == REDIRECT
            and self.portal.codes.pop(form["code"], None) == challenge
        )
        if not is_right:
            return self._say(401, json.dumps({"error": "invalid_client"}), "application/json")
        token = secrets.token_hex()
        self.portal.tokens.add(token)
        return self._say_json({"access_token": token, "token_type": "bearer", "expires_in": 3600})

    # --- API ----------------------------------------------------------------------------------

    def _info(self, query: dict[str, str]) -> None:
        if self._is_authorized():
            self._say_json({"info": {"profile_list": self.portal.profiles}})

    def _connect(self, form: dict[str, str]) -> None:
        if not self._is_authorized():
            return None
        known = {profile["profile_id"]: profile for profile in self.portal.profiles}
        if form.get("profile_id") not in known:
            return self._say(404, json.dumps({"error": "no such profile"}), "application/json")
        kind = "application/x-openvpn-profile"
        if kind not in self.headers["Accept"]:
            return self._say(406, json.dumps({"error": "no protocol"}), "application/json")
        pair = PAIR.format(self.portal.new_pair())
        return self._say(201, CONFIG.format(pair=pair), kind)

    def _profile_list(self, query: dict[str, str]) -> None:
        if self._is_authorized():
            self._say_json({"profile_list": {"ok": True, "data": self.portal.profiles}})

    def _profile_config(self, query: dict[str, str]) -> None:
        if self._is_authorized() and query["profile_id"] == self.portal.profiles[0]["profile_id"]:
            self._say(200, CONFIG.format(pair=""), "application/x-openvpn-profile")

    def _create_keypair(self, form: dict[str, str]) -> None:
        if self._is_authorized() and form["display_name"]:
            number = self.portal.new_pair()
            pair = {"certificate": f"CERTIFICATE {number}", "private_key": f"KEY {number}"}
            self._say_json({"create_keypair": {"ok": True, "data": pair}})

    def _is_authorized(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.portal.tokens:
            return True
        self._say(401, json.dumps({"error": "invalid_token"}), "application/json")
        return False

    # --- writing ------------------------------------------------------------------------------

    def _say_json(self, value: Any) -> None:
        self._say(200, json.dumps(value), "application/json")

    def _redirect(self, target: str, headers: dict[str, str] | None = None) -> None:
        self._say(302, "", "text/html", {"Location": target} | (headers or {}))

    def _say(
        self, status: int, text: str, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _make_certificate(file: Path) -> Path:
    """Key and certificate of localhost in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
