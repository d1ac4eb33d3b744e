"""asyncapi.yaml is whole, names every operation of the protocol, and the stream is as it says."""

import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from support.session import SYMBOL
from support.stream import StreamClient

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "asyncapi.yaml"
URI = "urn:asyncapi"


@pytest.fixture(scope="module")
def document():
    """The description as it stands in the repository."""
    return yaml.safe_load(DOCUMENT.read_text())


def resolve(document, reference):
    """What a reference within the document names."""
    assert reference.startswith("#/"), reference
    target = document
    for key in reference[2:].split("/"):
        target = target[key.replace("~1", "/")]
    return target


def references(node):
    """All references below a node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def schema_of(document, message):
    return resolve(document, message["payload"]["$ref"])


def test_every_reference_leads_somewhere(document):
    assert document["asyncapi"] == "3.0.0"
    found = list(references(document))
    assert len(found) > 100
    for reference in found:
        assert resolve(document, reference) is not None
    used = set(found)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in used, f"{name} is not used"


def test_every_schema_is_a_schema_and_every_example_fits(document):
    registry = registry_of(document)
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert name[0].isupper()
    for message in document["components"]["messages"].values():
        for example in message.get("examples", []):
            validate(registry, message["payload"]["$ref"], example["payload"])


def test_every_operation_of_the_protocol_is_described(document):
    described = {schema_of(document, m)["properties"]["op"]["const"] for m in document["components"]["messages"].values()}
    text = (ROOT / "docs" / "protocol.md").read_text()
    shown = set(re.findall(r'"op":"(\w+)"', text))
    assert shown == described
    sent = {"auth", "subscribe", "unsubscribe", "list", "ping"}
    source = (ROOT / "Sources/Gateway/Stream/Session/StreamRequest.swift").read_text()
    assert set(re.search(r"operations = \[(.*?)\]", source)[1].replace('"', "").split(", ")) == sent
    assert sent <= described
    channel = document["channels"]["stream"]["messages"]
    assert set(channel) == set(document["components"]["messages"])
    named = set(references(document["operations"]))
    assert {f"#/channels/stream/messages/{name}" for name in channel} <= named, "each is sent or received"


def registry_of(document):
    return Registry().with_resource(URI, Resource.from_contents(document, default_specification=DRAFT202012))


def validate(registry, reference, instance):
    Draft202012Validator({"$ref": URI + reference}, registry=registry).validate(instance)


def test_the_stream_is_as_described(session, document):
    registry = registry_of(document)
    names = {"list": "listed"}
    seen = set()

    def check(message):
        name = names.get(message["op"], message["op"])
        validate(registry, document["components"]["messages"][name]["payload"]["$ref"], message)
        seen.add(name)
        return message

    with StreamClient(session.gateway) as client:
        check(client.welcome)
        check(client.subscribe([SYMBOL, "nothing"], max_rate_hz=5, mode="conflate"))
        check(client.receive())
        for request in ({"op": "auth", "token": "x"}, {"op": "list", "id": 2}, {"op": "ping"}, {"op": "dance"}):
            client.send(request)
            check(client.receive())
        check(client.until(lambda m: m["op"] == "hb"))
        client.send({"op": "unsubscribe", "sid": "*"})
        check(client.receive())
    assert seen == {"welcome", "subscribed", "snap", "authenticated", "listed", "pong", "error", "hb", "unsubscribed"}


def test_the_gateway_serves_the_description(session):
    answer = session.gateway.http.get("/asyncapi.yaml")
    assert answer.status == 200
    assert answer.type == "application/yaml"
    assert answer.body == DOCUMENT.read_bytes()
