"""Answers that are no object of the domain: messages, tokens, secrets that are shown once."""

from typing import Any

from marshmallow import fields

from vantage6.server.schema.base import Embedded, Json, View


class AnswerView(View):
    """Writes a dictionary of a handler: the keys that are declared, and nothing else."""

    def _write(self, row: Any) -> Json:
        return {name: row[name] for name in self.dump_fields}


class MessageView(AnswerView):
    msg = fields.String()


class EmptyView(AnswerView):
    """``{}``: 3.x has nothing to say here."""


class VersionView(AnswerView):
    version = fields.String()


class HealthView(AnswerView):
    database = fields.Boolean()


class UserTokensView(AnswerView):
    access_token = fields.String()
    refresh_token = fields.String()
    refresh_url = fields.String()
    user_url = fields.String()


class FactorConfirmedView(UserTokensView):
    # Shown this once; each can be sent once in place of the digits.
    recovery_codes = fields.List(fields.String())


class CodeUsedView(UserTokensView):
    recovery_codes_left = fields.Integer()


class RecoveryCodesView(AnswerView):
    recovery_codes = fields.List(fields.String())
    msg = fields.String()


class NodeTokensView(AnswerView):
    access_token = fields.String()
    refresh_token = fields.String()
    refresh_url = fields.String()
    node_url = fields.String()


class ContainerTokenView(AnswerView):
    container_token = fields.String()


class FactorView(AnswerView):
    # What an authenticator app needs.
    qr_uri = fields.String()
    otp_secret = fields.String()
    msg = fields.String()


class ApiKeyView(AnswerView):
    api_key = fields.String()


class AddressView(AnswerView):
    port = fields.Integer()
    label = fields.String(allow_none=True)
    ip = fields.String(allow_none=True)
    organization_id = fields.Integer()
    task_id = fields.Integer()
    parent_id = fields.Integer(allow_none=True)


class AddressesView(AnswerView):
    addresses = Embedded(AddressView, many=True)


class VpnView(AnswerView):
    ovpn_config = fields.String()
