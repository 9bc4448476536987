"""Compares answers with the API description: no test gets one that it does not allow."""

import functools
from typing import Any

from flask import Flask
from openapi_schema_validator import OAS30ReadValidator
from vantage6.server.api import openapi
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

_KNOWN: dict[tuple[str, ...], "Conformance"] = {}


@functools.lru_cache(maxsize=8)
def conformance_of(app: Flask) -> "Conformance":
    """The same for all servers with the same routes: every test makes one of its own."""
    routes = tuple(sorted(str(rule) for rule in app.url_map.iter_rules()))
    if routes not in _KNOWN:
        _KNOWN[routes] = Conformance(app)
    return _KNOWN[routes]


class Conformance:
    """What the description of a server allows."""

    def __init__(self, app: Flask) -> None:
        self._map = app.url_map
        self.description = openapi.describe(app, "test")
        self._paths = {
            rule: self.description["paths"][openapi.template(rule)]
            for rule, _, _ in openapi.handlers(app)
        }
        self._validators: dict[tuple[str, str, int], Any] = {}

    def check(self, verb: str, path: str, answer: TestResponse) -> None:
        """Fail if the status, the type or the body is not one of those described."""
        rule = self._rule(verb, path)
        operation = self._paths.get(rule, {}).get(verb.lower())
        if operation is None:
            return
        where = f"{verb} {path} answered {answer.status_code}"
        described = operation["responses"].get(str(answer.status_code))
        assert described is not None, f"{where}, which is not described: {answer.text[:500]}"
        assert answer.content_type == "application/json", where
        headers = described.get("headers", {}).items()
        missing = {name for name, header in headers if header["required"]} - {
            *answer.headers.keys()
        }
        assert not missing, f"{where} without {missing}"
        schema = described["content"]["application/json"]["schema"]
        key = (rule, verb, answer.status_code)
        if key not in self._validators:
            self._validators[key] = self._validator(schema)
        problems = [error.message for error in self._validators[key].iter_errors(answer.json)]
        assert not problems, f"{where}: {problems[:3]}"

    def _rule(self, verb: str, path: str) -> str:
        try:
            rule, _ = self._map.bind("localhost").match(path, method=verb, return_rule=True)
        except HTTPException:
            return "where there is nothing"
        return str(rule.rule)

    def _validator(self, schema: dict[str, Any]) -> Any:
        return OAS30ReadValidator(schema | {"components": self.description["components"]})
