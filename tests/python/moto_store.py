"""Another client of moto's stores: carries out boto3's calls as they come, a line of JSON each.

moto_store.py URL    reads {"service": "s3", "call": "put_object", "with": {...}} from standard input, prints what boto3 returned
                     or {"error": code}
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import ClientError

from region import KEYS


def main(url):
    clients = {}

    def call(asked):
        service = asked["service"]
        if service not in clients:
            clients[service] = boto3.client(service, endpoint_url=url, **KEYS)
        try:
            answer = getattr(clients[service], asked["call"])(**asked["with"])
        except ClientError as error:
            return {"error": error.response["Error"]["Code"]}
        answer.pop("ResponseMetadata", None)
        body = answer.pop("Body", None)
        return {**answer, **({"Text": body.read().decode()} if body else {})}

    with ThreadPoolExecutor(16) as pool:
        for line in sys.stdin:
            asked = json.loads(line)
            if isinstance(asked, list):
                call(asked[0])
                answer = list(pool.map(call, asked[1:]))
            else:
                answer = call(asked)
            print(json.dumps(answer, default=str), flush=True)
        # At once: whoever asked has ended.
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
