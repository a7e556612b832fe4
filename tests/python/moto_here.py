"""moto's server for as long as whoever started it lives: a test whose server is in a static ends without ending it.

One request at a time: moto's conditions and writes are not one step where two come together, and AWS's are.

moto_here.py PORT [HOST]
"""

import os
import sys
import threading
import time

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

PARENT = os.getppid()
ONE = threading.Lock()
MOTO = DomainDispatcherApplication(create_backend_app)


def ends_with_its_parent():
    while os.getppid() == PARENT:
        time.sleep(0.03)
    os._exit(0)


def one_at_a_time(environ, start_response):
    with ONE:
        return list(MOTO(environ, start_response))


threading.Thread(target=ends_with_its_parent, daemon=True).start()
run_simple((sys.argv + ["127.0.0.1"])[2], int(sys.argv[1]), one_at_a_time, threaded=True)
