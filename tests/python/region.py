"""A region as boto3 sees it, and the simulation's own controls beside it."""

import ipaddress
import json
import urllib.request
from datetime import datetime

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

NAME = "eu-central-1"
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "not-a-secret", "region_name": NAME}


class OneProtocol:
    """botocore's own models, of which CloudWatch's names one protocol only; by itself botocore takes its favourite."""

    def __init__(self, loader, protocol):
        self.loader = loader
        self.protocol = protocol

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def load_service_model(self, service, kind, *version, **more):
        model = self.loader.load_service_model(service, kind, *version, **more)
        if (service, kind) == ("cloudwatch", "service-2"):
            metadata = {**model["metadata"], "protocol": self.protocol, "protocols": [self.protocol]}
            if self.protocol == "query":
                del metadata["awsQueryCompatible"]
            model = {**model, "metadata": metadata}
        return model


def session_for(protocol):
    """A session whose CloudWatch client speaks one protocol."""
    core = botocore.session.get_session()
    core.register_component("data_loader", OneProtocol(core.get_component("data_loader"), protocol))
    return boto3.Session(botocore_session=core, **KEYS)


class Region:
    def __init__(self, url):
        self.url = url
        self.session = boto3.Session(**KEYS)
        self.ec2 = self.client("ec2")
        self.elb = self.client("elbv2")
        self.ecs = self.client("ecs")
        self.cloudwatch = self.client("cloudwatch")
        self.scaling = self.client("application-autoscaling")
        self.sts = self.client("sts")

    def client(self, service, hasty=False, session=None, **config):
        """A client that tries once. Half a second passes before each call, unless it is hasty: limits are per second."""
        config = Config(retries={"total_max_attempts": 1}, **config)
        client = (session or self.session).client(service, endpoint_url=self.url, config=config)
        if not hasty:
            client.meta.events.register("before-send", lambda **_: self.advance(0.5))
        return client

    def control(self, method, path, /, **body):
        """A call of the simulation's own controls."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def advance(self, seconds):
        """Moves the region's clock."""
        self.control("POST", "advance", seconds=seconds)

    def now(self):
        return datetime.fromisoformat(self.control("GET", "clock")["now"])

    def inject(self, calls, wrong, times=1):
        """The next calls that match go wrong."""
        self.control("POST", "faults", calls=calls, wrong=wrong, often={"times": times})

    def until(self, holds, seconds=900, step=5):
        """Lets time pass until something holds, and gives what it came to."""
        for _ in range(0, seconds, step):
            if found := holds():
                return found
            self.advance(step)
        return pytest.fail(f"not so within {seconds} s: {getattr(holds, '__doc__', None) or holds}")


    def end(self, *services):
        """Takes services of the shop's cluster away, and lets their tasks end: others count what runs."""
        for service in services:
            self.ecs.delete_service(cluster="prod", service=service, force=True)
        gone = lambda: not any(
            self.ecs.list_tasks(cluster="prod", serviceName=service)["taskArns"] for service in services)
        self.until(gone)


def refusal(call, **arguments):
    """The error code with which AWS refuses a call."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response
    assert error["ResponseMetadata"]["RequestId"], "every answer has a request id"
    assert error["Error"]["Message"], "every refusal has a sentence"
    return error["Error"]["Code"]


def status(call, **arguments):
    """The HTTP status with which AWS refuses a call."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def pages(client, operation, key, **arguments):
    """All items of a list by botocore's own paginator, with the number of pages."""
    found, count = [], 0
    for page in client.get_paginator(operation).paginate(**arguments):
        found += page[key]
        count += 1
    return found, count


def slice_of(block, number):
    """The /64 of that number in a VPC's block."""
    first = ipaddress.ip_network(block).network_address
    return str(ipaddress.ip_network((int(first) + (number << 64), 64)))


def address_in(block, number, host):
    """An address in the /64 of that number."""
    return str(ipaddress.ip_network(slice_of(block, number)).network_address + host)
