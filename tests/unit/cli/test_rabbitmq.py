"""Which message queue `vserver start` looks after, and what RabbitMQ is told."""

import base64
import hashlib

import pytest
from vantage6.cli.rabbitmq import Queue, definitions, queue_of
from vantage6.common.errors import ConfigurationError

QUEUE = Queue("rabbit", 5672, "v6", "pass word", "studies")


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "amqp://v6:secret@queue.hospital.example/v6",
        "amqp://v6:secret@10.0.0.3/v6",
        "amqp://v6:secret@[::1]/v6",
        "amqp://v6:secret@localhost/v6",
    ],
)
def test_queue_elsewhere_is_left_to_others(uri):
    assert queue_of(uri) is None


def test_host_without_a_dot_is_a_container_of_ours():
    assert queue_of("amqp://v6:pass%20word@rabbit/studies") == QUEUE
    assert queue_of("amqp://v6:x@rabbit:5673//") == Queue("rabbit", 5673, "v6", "x", "/")


def test_queue_without_a_password_is_refused():
    with pytest.raises(ConfigurationError, match="name a user and a password"):
        queue_of("amqp://rabbit/v6")


def test_definitions_hold_the_salted_hash_and_not_the_password():
    told = definitions(QUEUE, b"salt")

    stored = base64.b64decode(told["users"][0]["password_hash"])
    assert stored == b"salt" + hashlib.sha256(b"saltpass word").digest()
    assert "pass word" not in str(told)
    assert told["permissions"][0]["vhost"] == told["vhosts"][0]["name"] == "studies"
