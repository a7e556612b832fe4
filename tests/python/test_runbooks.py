"""Every call of AWS's command line in the runbooks: the operation is there, takes these options, needs no other, and answers with
the fields that are asked of it."""

import re
import shlex
from pathlib import Path

import botocore.session
import jmespath
from botocore import xform_name

PAGES = sorted((Path(__file__).parents[2] / "docs/runbooks").glob("*.md"))
# What the command line itself understands, whatever the operation.
ITS_OWN = {"query"}
# Commands that are no operation of the API's, with their options.
CUSTOM = {("logs", "tail"): {"since", "filter-pattern"}}


def commands(page):
    """Each call in a page's blocks, whole, as words; where its output goes aside."""
    for block in re.findall(r"^ *```sh\n(.*?)^ *```$", page.read_text(), re.S | re.M):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            words = shlex.split(line)
            if words[0] == "aws":
                yield words[1 : words.index(">")] if ">" in words else words[1:]


def fields(query):
    """Every field that a query names."""
    own = {query["value"]} if query["type"] == "field" else set()
    return own.union(*(fields(child) for child in query["children"] if isinstance(child, dict)))


def members(shape, known):
    """Every member anywhere below a shape."""
    if shape.name in known:
        return set()
    known.add(shape.name)
    below = {
        "structure": lambda: shape.members.values(),
        "list": lambda: [shape.member],
        "map": lambda: [shape.value],
    }.get(shape.type_name, list)()
    own = set(shape.members) if shape.type_name == "structure" else set()
    return own.union(*(members(each, known) for each in below))


def mistakes(call):
    service, verb, *rest = call
    given = {word.removeprefix("--") for word in rest if word.startswith("--")} - ITS_OWN
    if (service, verb) in CUSTOM:
        return given - CUSTOM[service, verb]
    model = botocore.session.get_session().get_service_model(service)
    named = {xform_name(name, "-"): name for name in model.operation_names}
    if verb not in named:
        return {verb}
    operation = model.operation_model(named[verb])
    shape = operation.input_shape
    takes = {xform_name(name, "-") for name in shape.members} if shape else set()
    needs = {xform_name(name, "-") for name in shape.required_members} if shape else set()
    asked = set()
    if "--query" in rest:
        query = jmespath.compile(rest[rest.index("--query") + 1])
        asked = fields(query.parsed) - members(operation.output_shape, set())
    return (given - takes) | (needs - given) | asked


def test_every_call_in_the_runbooks_is_one_that_aws_takes():
    calls = [(page.name, call) for page in PAGES for call in commands(page)]
    assert len(calls) > 50
    wrong = [(name, call, found) for name, call in calls if (found := mistakes(call))]
    assert not wrong


def test_a_wrong_call_is_found_out():
    assert mistakes(["ecs", "describe-service", "--cluster", "c"]) == {"describe-service"}
    assert mistakes(["ecs", "describe-services", "--services", "s", "--name", "n"]) == {"name"}
    assert mistakes(["sts", "get-caller-identity", "--query", "[Arn, Role]"]) == {"Role"}
    assert mistakes(["elbv2", "add-tags", "--tags", "Key=a,Value=b"]) == {"resource-arns"}
