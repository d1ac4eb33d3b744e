"""openapi.yaml is valid, and the gateway answers as it says."""

import json
import socket
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from support.session import SYMBOL
from support.stream import StreamClient

DOCUMENT = Path(__file__).resolve().parents[2] / "openapi.yaml"
URI = "urn:openapi"


@pytest.fixture(scope="module")
def document():
    """The description as it stands in the repository."""
    return yaml.safe_load(DOCUMENT.read_text())


@pytest.fixture(scope="module")
def check(document):
    """Checks an instance against a named schema."""
    registry = Registry().with_resource(URI, Resource.from_contents(document, default_specification=DRAFT202012))

    def check_instance(instance, schema):
        reference = {"$ref": f"{URI}#/components/schemas/{schema}"}
        Draft202012Validator(reference, registry=registry).validate(instance)

    return check_instance


def operations(document):
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "delete", "put")
    ]


def test_the_description_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_gateway_serves_the_description(session):
    answer = session.gateway.http.get("/openapi.yaml")
    assert answer.status == 200
    assert answer.type == "application/yaml"
    assert answer.body == DOCUMENT.read_bytes()


def test_every_get_answers_with_a_status_and_type_that_is_described(session, document):
    for method, path, operation in operations(document):
        if method != "get" or path.startswith(("/v1/stream", "/ws")):
            continue  # they do not end
        target = path.replace("{symbol}", SYMBOL)
        parameters = [resolve(document, p) for p in operation.get("parameters", [])]
        parameters = [p for p in parameters if p["in"] == "query" and p.get("required")]
        if parameters:
            target += "?" + "&".join(f"{p['name']}={quote(p['example'])}" for p in parameters)
        headers = session.gateway.admin if operation.get("security") else {}
        answer = session.gateway.http.request("GET", target, headers=headers)
        described = operation["responses"].get(str(answer.status))
        assert answer.status == 200 and described, (path, answer.status, answer.text[:300])
        described = resolve(document, described)
        assert answer.type in described["content"], (path, answer.type)


def resolve(document, node):
    """Follows a reference into the document."""
    if "$ref" not in node:
        return node
    target = document
    for key in node["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    return target


def test_every_example_of_a_post_works(session, document):
    for method, path, operation in operations(document):
        if method != "post":
            continue
        for kind, content in operation.get("requestBody", {"content": {}})["content"].items():
            if "example" not in content or path in ("/v1/replay", "/v1/admin/backup"):
                continue  # they have tests of their own: one writes rows, the other names a directory of this machine
            body = content["example"] if isinstance(content["example"], str) else json.dumps(content["example"])
            answer = session.gateway.http.post(path, body, Content_Type=kind, Accept="application/json")
            assert answer.status == 200, (path, kind, answer.text[:300])


def test_the_example_of_a_replay_works(serve, document, check):
    gateway = serve()
    example = document["paths"]["/v1/replay"]["post"]["requestBody"]["content"]["text/plain"]["example"]
    answer = gateway.http.post("/v1/replay", example, Content_Type="text/plain")
    assert answer.status == 200
    assert answer.type == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    for line in lines:
        check(line, "ReplayProgress")
    assert any(line.get("durable") and line["line"] == 1 for line in lines)
    assert gateway.value("SELECT count() FROM trades") == 1


@pytest.mark.parametrize(
    "path, schema",
    [
        ("/v1/features", "FeatureCatalog"),
        (f"/v1/features/{SYMBOL}", "InstrumentFeatures"),
        ("/v1/features/definitions", "FeatureDefinitions"),
        ("/v1/symbols", "Symbols"),
        ("/v1/tables", "Tables"),
        ("/v1/limits", "Limits"),
        ("/v1/queries", "ActiveQueries"),
        ("/health/live", "Health"),
        ("/health/ready", "Health"),
        ("/v1/query?q=SELECT%20*%20FROM%20trades%20LIMIT%203&format=json", "QueryAnswer"),
    ],
)
def test_documents_have_the_shape_that_is_described(session, check, path, schema):
    answer = session.gateway.http.get(path)
    assert answer.status == 200, answer.text
    check(answer.json(), schema)


def test_documents_of_the_administration_have_the_shape_that_is_described(serve, directory, document, check):
    gateway = serve()
    example = document["paths"]["/v1/admin/backup"]["post"]["requestBody"]["content"]["application/json"]["example"]
    check(example, "BackupRequest")
    status = gateway.http.request("GET", "/v1/admin/store", headers=gateway.admin)
    assert status.status == 200
    check(status.json(), "StoreStatus")
    body = json.dumps({"directory": str(directory / "backup")})
    answers = {
        "BackupAnswer": gateway.http.request("POST", "/v1/admin/backup", body, gateway.admin),
        "JobAnswer": gateway.http.request("POST", "/v1/admin/compact", "", gateway.admin),
    }
    for schema, answer in answers.items():
        assert answer.status == 200, answer.text
        check(answer.json(), schema)
    for path in ("/v1/admin/backup", "/v1/admin/compact"):
        refusal = gateway.http.post(path, body)
        assert refusal.status == 401
        check(refusal.json(), "Problem")


@pytest.mark.parametrize(
    "path", ["/v1/query?q=SELEC", "/v1/query?q=SELECT%20*%20FROM%20nothing", "/v1/features/nothing", "/nothing"]
)
def test_errors_have_the_shape_that_is_described(session, check, path):
    answer = session.gateway.http.get(path)
    assert answer.status in (400, 404)
    assert answer.type == "application/problem+json"
    check(answer.json(), "Problem")


def test_messages_of_the_stream_have_the_shape_that_is_described(session, check):
    with StreamClient(session.gateway) as client:
        check(client.welcome, "StreamMessage")
        check(client.subscribe([SYMBOL, "nothing"]), "StreamMessage")
        check(client.receive(), "StreamMessage")
        client.send({"op": "unsubscribe", "id": 2, "sid": list(client.subscriptions)})
        last = client.until(lambda m: m["op"] == "unsubscribed")
        check(last, "StreamMessage")
        heartbeat = client.until(lambda m: m["op"] == "hb")
        check(heartbeat, "StreamMessage")


def test_the_stream_without_an_upgrade_says_that_it_needs_one(session):
    answer = session.gateway.http.get("/v1/stream")
    assert answer.status == 426
    assert answer.headers["upgrade"].lower() == "websocket"


def test_a_head_request_has_the_fields_of_the_get_and_no_body(session):
    with socket.create_connection(("127.0.0.1", session.gateway.port), timeout=20) as connection:
        connection.sendall(b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        text = b""
        while piece := connection.recv(65_536):
            text += piece
    assert text.startswith(b"HTTP/1.1 200 ")
    assert text.endswith(b"\r\n\r\n")
