"""moto's server for as long as whoever started it lives: a test whose server is in a static ends without ending it.

One request at a time: moto's conditions and writes are not one step where two come together, and AWS's are.
GET /_asked tells how often each operation was asked for so far, and with how many items.

moto_here.py PORT [HOST]
"""

import io
import json
import os
import sys
import threading
import time

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

PARENT = os.getppid()
ONE = threading.Lock()
ASKED = {}
MOTO = DomainDispatcherApplication(create_backend_app)


def ends_with_its_parent():
    while os.getppid() == PARENT:
        time.sleep(0.03)
    os._exit(0)


def counts(environ):
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        calls, items = ASKED.get(target.split(".")[-1], (0, 0))
        ASKED[target.split(".")[-1]] = (calls + 1, items + len(json.loads(body).get("TransactItems", "1")))


def one_at_a_time(environ, start_response):
    with ONE:
        if environ["PATH_INFO"] == "/_asked":
            told = json.dumps(ASKED).encode()
            start_response("200 OK", [("content-type", "application/json"), ("content-length", str(len(told)))])
            return [told]
        counts(environ)
        return list(MOTO(environ, start_response))


threading.Thread(target=ends_with_its_parent, daemon=True).start()
run_simple((sys.argv + ["127.0.0.1"])[2], int(sys.argv[1]), one_at_a_time, threaded=True)
