"""Holds recorded calls against AWS's own models, as botocore carries them: what was sent, and what was answered.

    python judge.py [--answers-only] RECORDING...

A recording has a JSON object a line, as `sixshift sim --record FILE` writes it. Each fault is told once, with the operation,
the place and the value; the end is 1 where there is any.

botocore's own validator looks at types, required and unknown members and lower bounds; patterns, enums and upper bounds are
looked at here. This knows nothing of the region's own table of the same models.
"""

import base64
import json
import sys
from datetime import datetime, timezone

import botocore.loaders
import botocore.model
import botocore.validate
import regex

MODELS = {
    "ecs": "ecs",
    "elbv2": "elbv2",
    "cloudwatch": "cloudwatch",
    "autoscaling": "application-autoscaling",
    "ec2": "ec2",
    "sts": "sts",
    "servicequotas": "service-quotas",
    "vpclattice": "vpc-lattice",
    **{same: same for same in ("ecr", "efs", "elasticache", "iam", "logs", "rds", "s3", "servicediscovery", "wafv2")},
}

# What the models' own texts name and their enums lack: of PutAccountSetting, and of InternetGatewayAttachment.
BEYOND = {
    ("ecs", "SettingName"): {"dualStackIPv6"},
    ("ec2", "AttachmentStatus"): {"available"},
    # What Terraform's provider waits for of an endpoint, where the enum has a capital.
    ("ec2", "State"): {"available"},
    # What EC2 was seen to answer, where its enum spells natGateway.
    ("ec2", "NetworkInterfaceType"): {"nat_gateway"},
}

# Errors that every service has, and that no operation's model lists.
COMMON = {
    "AccessDenied",
    "AccessDeniedException",
    "InternalFailure",
    "InternalError",
    "InternalServiceError",
    "InvalidAction",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MissingParameter",
    "RequestLimitExceeded",
    "SerializationException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "UnauthorizedOperation",
    "UnknownOperationException",
    "UnknownParameter",
    "ValidationError",
    "ValidationException",
}

# Errors that AWS was seen to answer, where the operation's model does not list them.
UNLISTED = {
    # A permissions boundary that is not there: what `rosa create account-roles` prints then.
    ("iam", "CreateRole", "NoSuchEntity"),
}

# S3's model lists an error for hardly any operation: these are of its API reference, "Error responses".
OF_S3 = {
    "BucketAlreadyExists",
    "IllegalLocationConstraintException",
    "InvalidBucketName",
    "MalformedPolicy",
    "MethodNotAllowed",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NotImplemented",
    "PermanentRedirect",
    "SlowDown",
}

JAVA = [
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),
    (r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF"),
    (r"\p{Print}", r"[\x20-\x7e]"),
]


class Service:
    """One service's model, as data and as botocore's own."""

    def __init__(self, label):
        self.label = label
        raw = botocore.loaders.Loader().load_service_model(MODELS[label], "service-2")
        self.shapes = raw["shapes"]
        self.operations = raw["operations"]
        self.model = botocore.model.ServiceModel(raw, MODELS[label])
        self.is_text = label in ("elbv2", "ec2", "sts", "efs", "elasticache", "iam", "rds", "vpclattice")

    def errors(self, operation):
        for error in self.operations[operation].get("errors", []):
            shape = self.shapes[error["shape"]]
            yield error["shape"]
            yield shape.get("error", {}).get("code", error["shape"])

    def name(self, member, spec, way):
        """A member's name on the wire: EC2's differ."""
        if self.label != "ec2":
            return member
        out = spec.get("locationName", member)
        return spec.get("queryName", out[0].upper() + out[1:]) if way == "in" else out


class Look:
    """One document against one shape. What it comes to is botocore's native value; what is wrong is kept."""

    def __init__(self, service, way, protocol):
        self.service = service
        self.way = way
        # A form, and XML, carry every scalar as text.
        self.is_text = service.is_text or protocol == "AwsQuery"
        self.wrong = []

    def say(self, at, what):
        self.wrong.append((at, what))

    def value(self, name, value, at):
        shape = self.service.shapes[name]
        if shape.get("document"):
            return value
        return getattr(self, shape["type"], self.scalar)(name, shape, value, at)

    def structure(self, name, shape, value, at):
        if value == "" and self.is_text:
            value = {}
        if not isinstance(value, dict) or "$moment" in value:
            self.say(at, f"{value!r} is no structure")
            return value
        known = {self.service.name(m, spec, self.way): (m, spec) for m, spec in shape["members"].items()}
        found = {}
        for key, held in value.items():
            if key not in known:
                self.say(f"{at}.{key}", f"{name} has no such member: {short(held)}")
                continue
            member, spec = known[key]
            found[member] = self.value(spec["shape"], held, f"{at}.{key}")
        for member in shape.get("required", []):
            if member not in found:
                self.say(f"{at}.{member}", "is required and not there")
        if shape.get("union") and len(found) != 1:
            self.say(at, f"{sorted(found)} of a union of which one member has to be there")
        return found

    def list(self, name, shape, value, at):
        if value == "" and self.is_text:
            value = []
        if not isinstance(value, list):
            self.say(at, f"{short(value)} is no list")
            return value
        self.bounds(shape, len(value), "items", value, at)
        return [self.value(shape["member"]["shape"], item, f"{at}[]") for item in value]

    def map(self, name, shape, value, at):
        if not isinstance(value, dict):
            self.say(at, f"{short(value)} is no map")
            return value
        self.bounds(shape, len(value), "entries", value, at)
        for key in value:
            self.value(shape["key"]["shape"], key, f"{at}.(key)")
        return {key: self.value(shape["value"]["shape"], held, f"{at}.*") for key, held in value.items()}

    def string(self, name, shape, value, at):
        if not isinstance(value, str):
            self.say(at, f"{value!r} is no text")
            return value
        self.bounds(shape, len(value), "characters", value, at)
        if "enum" in shape and value not in shape["enum"]:
            if value not in BEYOND.get((MODELS[self.service.label], name), ()):
                self.say(at, f"{value!r} is none of {name}")
        if "pattern" in shape and not regex.fullmatch(python(shape["pattern"]), value):
            self.say(at, f"{value!r} does not match {shape['pattern']}")
        return value

    def integer(self, name, shape, value, at):
        if self.is_text and isinstance(value, str):
            try:
                value = int(value)
            except ValueError:
                pass
        if not isinstance(value, int) or isinstance(value, bool):
            self.say(at, f"{value!r} is no integer")
            return value
        self.bounds(shape, value, "as a number", value, at)
        return value

    long = integer

    def double(self, name, shape, value, at):
        if self.is_text and isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                pass
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            self.say(at, f"{value!r} is no number")
            return value
        self.bounds(shape, value, "as a number", value, at)
        return value

    float = double

    def boolean(self, name, shape, value, at):
        if self.is_text and value in ("true", "false"):
            value = value == "true"
        if not isinstance(value, bool):
            self.say(at, f"{value!r} is no boolean")
        return value

    def timestamp(self, name, shape, value, at):
        moment = value.get("$moment") if isinstance(value, dict) else value
        if self.is_text and isinstance(moment, str):
            try:
                return datetime.fromisoformat(moment)
            except ValueError:
                pass
        if not isinstance(moment, (int, float)) or isinstance(moment, bool):
            self.say(at, f"{value!r} is no moment")
            return value
        return datetime.fromtimestamp(moment, timezone.utc)

    def blob(self, name, shape, value, at):
        held = value.get("$bytes") if isinstance(value, dict) else value
        if not isinstance(held, str):
            self.say(at, f"{value!r} is no bytes")
            return value
        return base64.b64decode(held)

    def scalar(self, name, shape, value, at):
        raise TypeError(f"{name} is a {shape['type']}, which this judge does not know")

    def bounds(self, shape, size, what, value, at):
        # What one may send so many of is answered whole, and empty where there is none: tags, attributes.
        if self.way == "out" and what == "items":
            return
        if size < shape.get("min", size) or size > shape.get("max", size):
            limits = f"{shape.get('min', '')}..{shape.get('max', '')}"
            self.say(at, f"{short(value)}: {size} {what}, outside {limits}")


def python(pattern):
    """A pattern of Java's in Python's spelling."""
    for java, spelled in JAVA:
        pattern = pattern.replace(java, spelled)
    return pattern


def short(value):
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:120] + "…"


def sent(service, record):
    """What is wrong with a request."""
    operation = service.operations[record["operation"]]
    if "input" not in operation:
        return [("", f"{short(record['input'])} where nothing is taken")] if record["input"] else []
    look = Look(service, "in", record["protocol"])
    native = look.value(operation["input"]["shape"], record["input"], "")
    if not look.wrong:
        shape = service.model.operation_model(record["operation"]).input_shape
        report = botocore.validate.ParamValidator().validate(native, shape)
        if report.has_errors():
            look.say("", report.generate_report())
    return look.wrong


def answered(service, record):
    """What is wrong with an answer."""
    if "error" in record:
        code = record["error"]["code"]
        # EC2's model lists no errors.
        seen = (service.label, record["operation"], code) in UNLISTED
        seen = seen or service.label == "s3" and code in OF_S3
        if seen or service.label == "ec2" or code in COMMON or code in service.errors(record["operation"]):
            return []
        return [("", f"the operation has no error {code}")]
    operation = service.operations[record["operation"]]
    output = record.get("output") or {}
    if "output" not in operation:
        # EC2 says that it did what it has nothing to say about.
        return [(f".{key}", "in an answer that is empty") for key in output if key != "return"]
    look = Look(service, "out", record["protocol"])
    look.value(operation["output"]["shape"], output, "")
    return look.wrong


def main():
    files = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    looks = [answered] if "--answers-only" in sys.argv else [sent, answered]
    services, faults, calls, operations = {}, {}, 0, set()
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                calls += 1
                label, name = record["service"], record["operation"]
                operations.add((label, name))
                service = services.get(label) or services.setdefault(label, Service(label))
                if name not in service.operations:
                    # Somebody asked for what AWS has not; the region says so.
                    assert "error" in record, f"{label}:{name} was answered, and AWS has no such operation"
                    continue
                for look in looks:
                    for at, what in look(service, record):
                        faults.setdefault(f"{look.__name__} {label}:{name}{at}: {what}", file)
    for fault, file in sorted(faults.items()):
        print(f"{fault}  ({file})")
    print(f"{calls} calls of {len(operations)} operations, {len(faults)} faults")
    # A recording with nothing in it proves nothing.
    sys.exit(1 if faults or not calls else 0)


if __name__ == "__main__":
    main()
