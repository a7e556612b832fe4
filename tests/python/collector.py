"""A collector that takes OTLP over HTTP as JSON and is strict: what opentelemetry-proto's messages do not know is refused, and so is
an attribute that is neither OpenTelemetry's nor named after us. It prints its address, and tells at /spans and /refused what came."""

import base64
import importlib
import json
import pkgutil
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service
from opentelemetry.semconv import attributes as stable
from opentelemetry.semconv._incubating import attributes as incubating

spans, refused = [], []


def names():
    """Every attribute that OpenTelemetry has."""
    for package in (stable, incubating):
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            yield from (v for k, v in vars(module).items() if k.isupper() and isinstance(v, str))


NAMES = set(names())


def bytes_of(span, field, length):
    """OTLP's JSON has ids in hex where protobuf's has base64."""
    if field in span:
        raw = bytes.fromhex(span[field])
        assert len(raw) == length and any(raw), f"{field} is {span[field]}"
        span[field] = base64.b64encode(raw).decode()


def judged(body):
    document = json.loads(body)
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for field, length in (("traceId", 16), ("spanId", 8), ("parentSpanId", 8)):
                    bytes_of(span, field, length)
    message = json_format.ParseDict(document, service.ExportTraceServiceRequest())
    for resource in message.resource_spans:
        known(resource.resource.attributes)
        about = {a.key: a.value.string_value for a in resource.resource.attributes}
        assert about["service.name"] and about["service.version"], about
        for scope in resource.scope_spans:
            assert scope.scope.name, "the scope has no name"
            for span in scope.spans:
                known(span.attributes)
                assert span.name and 0 < span.start_time_unix_nano <= span.end_time_unix_nano, span
                yield {
                    "name": span.name,
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "failed": span.status.code == 2,
                    **{a.key: a.value.string_value for a in span.attributes},
                }


def known(attributes):
    keys = [a.key for a in attributes]
    assert len(keys) == len(set(keys)), f"one key twice: {keys}"
    for key in keys:
        assert key.startswith("sixshift.") or key in NAMES, f"{key} is nobody's"


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            assert self.path == "/v1/traces", self.path
            assert self.headers["content-type"] == "application/json", self.headers
            spans.extend(judged(body))
        except Exception as why:  # noqa: BLE001: whatever it is, it is told
            refused.append(f"{type(why).__name__}: {why}")
            return self.answer(400, {"message": str(why)})
        self.answer(200, json_format.MessageToDict(service.ExportTraceServiceResponse()))

    def do_GET(self):
        self.answer(200, {"/spans": spans, "/refused": refused}[self.path])

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print(f"http://127.0.0.1:{server.server_port}")
sys.stdout.flush()
server.serve_forever()
