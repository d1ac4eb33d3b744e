"""A small HTTP client: one connection a request, so that nothing is retried or hidden."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass
class Answer:
    """A whole response."""

    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.headers.get("content-type", "").split(";")[0].strip()


class Client:
    """Requests to one host."""

    def __init__(self, host, port, timeout=60):
        self.host, self.port, self.timeout = host, port, timeout

    def request(self, method, path, body=None, headers=None):
        """Sends one request and reads the whole answer; trailers are among the headers."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            content = response.read()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, content)
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, **headers):
        return self.request("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def ask(self, text, **parameters):
        """GET /v1/query."""
        return self.get("/v1/query?" + urlencode({"q": text, **parameters}, quote_via=quote))

    def query(self, text, **parameters):
        """Rows of a query as dictionaries."""
        answer = self.ask(text, format="json", **parameters)
        assert answer.status == 200, f"{answer.status}: {answer.text}"
        document = answer.json()
        names = [column["name"] for column in document["columns"]]
        assert document["rows_count"] == len(document["rows"])
        return [dict(zip(names, row)) for row in document["rows"]]

    def metric(self, name):
        """The sum of all samples of a metric; None if there is none."""
        total = None
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(name) and line[len(name) : len(name) + 1] in (" ", "{"):
                total = (total or 0) + float(line.rsplit(" ", 1)[1])
        return total
