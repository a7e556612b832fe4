"""Makes the table of what AWS's own models allow (aws.txt), from botocore; and the classes of characters that their patterns name.

    python crates/sim/contract/make.py            writes both files
    python crates/sim/contract/make.py --check    says what differs from them, and ends with 1 where anything does
    python crates/sim/contract/make.py --answered the same for the operations that the region answers, and no others

Facts only: shapes, members, and what limits them. No documentation, no code. Standard library and botocore alone.

A line an operation, `> Name input output`, and a line a shape, sorted by name:

    Name {member:Shape required!:Shape}    a structure; `|{` where one member at most may be there
    Name [Shape] 1..20                     a list and its sizes; `[Item=Shape]` where XML has a word of its own for an item
    Name <Key,Value> 0..10                 a map and its sizes
    Name s 0..256 /pattern/                text, its lengths and its pattern, in the spelling that the region's matcher reads
    Name e A|B|C                           text that is one of these
    Name i 1..65535                        an integer (i, l) or a number (d, f) and its range

A shape that says nothing but what kind it is stands in its users' lines as a letter: s i l d f b (boolean) t (moment) x (bytes).
EC2 names its members otherwise on the wire than in its models, and otherwise on the way in than on the way out: `In/out:Shape`.
"""

import difflib
import re
import sys
import unicodedata
from pathlib import Path

import botocore
import botocore.loaders

HERE = Path(__file__).parent
TABLE, CLASSES = HERE / "aws.txt", HERE / "classes.txt"

# What the region offers.
SERVICES = [
    "application-autoscaling", "cloudwatch", "ec2", "ecr", "ecs", "efs", "elasticache", "elbv2", "iam", "logs", "rds",
    "s3", "service-quotas", "servicediscovery", "sts", "vpc-lattice", "wafv2",
]  # fmt: skip
# Of these services all operations; of EC2's seven hundred those about networks; of any other only what the region answers.
WHOLE = {"application-autoscaling", "cloudwatch", "ecs", "elbv2", "sts"}
NETWORKS = re.compile(
    r"^(Create|Delete|Modify|Describe|Associate|Disassociate|Attach|Detach|Replace|Reset|Allocate|Release|Authorize|Revoke|Update)"
    r"(Vpcs?|VpcAttribute|VpcCidrBlock|Subnets?|SubnetAttribute|SubnetCidrBlock|SubnetCidrReservations?"
    r"|SecurityGroups?|SecurityGroupRules?|SecurityGroupIngress|SecurityGroupEgress|SecurityGroupRuleDescriptions(Ingress|Egress)"
    r"|RouteTables?|Route|RouteTableAssociation|InternetGateways?|EgressOnlyInternetGateways?|NatGateways?|Address|Addresses|AddressesAttribute"
    r"|NetworkAcls?|NetworkAclEntry|NetworkAclAssociation|NetworkInterfaces?|NetworkInterfaceAttribute|VpcEndpoints?"
    r"|VpcEndpointServices|FlowLogs|DhcpOptions|PrefixLists|ManagedPrefixLists?|AvailabilityZones|Regions|AccountAttributes|Tags"
    r"|VpcBlockPublicAccess(Options|Exclusions?)|VpcPeeringConnections?|VpcClassicLink|VpcClassicLinkDnsSupport)$"
)

LETTERS = {
    "string": "s",
    "character": "s",
    "integer": "i",
    "long": "l",
    "double": "d",
    "float": "f",
    "boolean": "b",
    "timestamp": "t",
    "blob": "x",
}

# The services whose forms and XML have words of their own for the items of lists.
OWN_WORDS = {"elasticache", "rds"}

# Patterns that look ahead, which the region's matcher cannot. One is said without; of others what they look ahead for is left out.
WITHOUT_LOOKING_AHEAD = {
    r"(?!((^[ ]+.*)|(.*([\u0000-\u001f]|[\u007f-\u009f]|[:/|])+.*)|(.*[ ]+$))).+": (
        r"[^\x00-\x20\x7f-\x9f:/|]([^\x00-\x1f\x7f-\x9f:/|]*[^\x00-\x20\x7f-\x9f:/|])?"
    ),
    r"(?![-])(?!.*[-]$)(?!.*[-]{2})[a-z0-9-]+": "[a-z0-9]+(-[a-z0-9]+)*",
    # That a name does not begin as the ids of its kind do is a rule of the region's.
    **{
        rf"(?!{kind}-)(?![-])(?!.*[-]$)(?!.*[-]{{2}})[a-z0-9-]+": "[a-z0-9]+(-[a-z0-9]+)*"
        for kind in ["listener", "rule", "svc", "tg"]
    },
}

# The classes of Unicode that the patterns name.
CATEGORIES = ["L", "M", "N", "P", "S", "Z"]


def spelled(pattern):
    """A pattern of Java's in the spelling that the region's matcher reads."""
    pattern = WITHOUT_LOOKING_AHEAD.get(pattern) or re.sub(r"\(\?[=!][^()]*\)", "", pattern)
    # Java spells what lies above U+FFFF as pairs of surrogates; some models spell it with five digits.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10FFFF}")
    pattern = pattern.replace(r"\u10000-\u10FFFF", r"\x{10000}-\x{10FFFF}")
    pattern = re.sub(r"\\u([0-9A-Fa-f]{4})", r"\\x{\1}", pattern)
    pattern = pattern.replace(r"\p{Print}", r"[\x20-\x7e]").replace(r"\p{Zs}", r"\p{Z}")
    assert "(?!" not in pattern and "(?=" not in pattern and "\n" not in pattern, pattern
    for name in re.findall(r"\\p\{(\w+)\}", pattern):
        assert name in CATEGORIES, f"{pattern}: no class {name}"
    return pattern


def limits(shape):
    """`min..max`, where there is either."""
    least, most = shape.get("min"), shape.get("max")
    if least is None and most is None:
        return ""
    number = lambda n: "" if n is None else f"{n:g}" if isinstance(n, float) and n != int(n) else str(int(n))
    return f" {number(least)}..{number(most)}"


class Model:
    def __init__(self, service, loader):
        self.service = service
        model = loader.load_service_model(service, "service-2")
        self.version = model["metadata"]["apiVersion"]
        self.shapes = model["shapes"]
        wanted = NETWORKS.match if service == "ec2" else bool if service in WHOLE else answered(service).__contains__
        self.operations = {name: op for name, op in model["operations"].items() if wanted(name)}

    def lines(self):
        yield f"@ {self.service} {self.version}"
        seen = set()
        for name, op in sorted(self.operations.items()):
            ends = [op[end]["shape"] if end in op else "-" for end in ("input", "output")]
            for end in ends:
                if end != "-":
                    self.reach(end, seen)
            yield f"> {name} {' '.join(ends)}"
        for name in sorted(seen):
            if not self.is_plain(name):
                yield f"{name} {self.told(name)}"

    def reach(self, name, seen):
        if name in seen:
            return
        seen.add(name)
        shape = self.shapes[name]
        for member in shape.get("members", {}).values():
            self.reach(member["shape"], seen)
        for part in ("member", "key", "value"):
            if part in shape:
                self.reach(shape[part]["shape"], seen)

    def is_plain(self, name):
        shape = self.shapes[name]
        return shape["type"] in LETTERS and not any(k in shape for k in ("enum", "pattern", "min", "max"))

    def reference(self, name):
        return LETTERS[self.shapes[name]["type"]] if self.is_plain(name) else name

    def told(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            members = " ".join(self.member(shape, m) for m in sorted(shape["members"]))
            if shape.get("document"):
                return "*"
            return f"{'|' if shape.get('union') else ''}{{{members}}}"
        if kind == "list":
            # XML calls each item `member`, unless the model has another word.
            item = shape["member"].get("locationName") if self.service in OWN_WORDS else None
            item = f"{item}=" if item and item != "member" else ""
            return f"[{item}{self.reference(shape['member']['shape'])}]{limits(shape)}"
        if kind == "map":
            return f"<{self.reference(shape['key']['shape'])},{self.reference(shape['value']['shape'])}>{limits(shape)}"
        if "enum" in shape:
            assert not any(re.search(r"[\s|]", value) for value in shape["enum"]), name
            return f"e {'|'.join(shape['enum'])}"
        pattern = f" /{spelled(shape['pattern'])}/" if "pattern" in shape else ""
        return f"{LETTERS[kind]}{limits(shape)}{pattern}"

    def member(self, shape, name):
        member = shape["members"][name]
        wire = name
        if self.service == "ec2":
            out = member.get("locationName", name)
            wire = member.get("queryName", out[0].upper() + out[1:])
            wire = wire if wire == out else f"{wire}/{out}"
        required = "!" if name in shape.get("required", []) else ""
        return f"{wire}{required}:{self.reference(member['shape'])}"


def table():
    loader = botocore.loaders.Loader()
    lines = [f"# What AWS's models allow: made by make.py from botocore {botocore.__version__}, never by hand."]
    for service in SERVICES:
        lines += Model(service, loader).lines()
    return "\n".join(lines) + "\n"


def classes():
    lines = [f"# Classes of characters of Unicode {unicodedata.unidata_version}: made by make.py, never by hand."]
    for category in CATEGORIES:
        ranges, first = [], None
        for code in range(0x110001):
            inside = code < 0x110000 and unicodedata.category(chr(code))[0] == category
            if inside and first is None:
                first = code
            elif not inside and first is not None:
                ranges.append(f"{first:X}" if first == code - 1 else f"{first:X}-{code - 1:X}")
                first = None
        lines.append(f"{category} {' '.join(ranges)}")
    return "\n".join(lines) + "\n"


# Where the region answers each service's operations.
SOURCES = {
    "application-autoscaling": "autoscaling/mod.rs",
    "cloudwatch": "cloudwatch/mod.rs",
    "ec2": "ec2/mod.rs",
    "ecr": "shelf/ecr.rs",
    "ecs": "ecs/mod.rs",
    "efs": "shelf/efs.rs",
    "elasticache": "shelf/elasticache.rs",
    "elbv2": "elbv2/mod.rs",
    "iam": "shelf/iam.rs",
    "logs": "shelf/logs.rs",
    "rds": "shelf/rds.rs",
    "s3": "shelf/s3.rs",
    "service-quotas": "quotas.rs",
    "servicediscovery": "shelf/discovery.rs",
    "sts": "sts.rs",
    "vpc-lattice": "lattice/mod.rs",
    "wafv2": "shelf/waf.rs",
}


def answered(service):
    """The operations of a service that the region answers."""
    source = (HERE / "../src/services" / SOURCES[service]).read_text()
    return set(re.findall(r'"([A-Z]\w+)"(?=[\s|"\w]*=>)', source))


def part(lines):
    """Of a table the operations that the region answers, with the shapes that they reach."""
    tables, service = {}, None
    for line in lines:
        head, rest = line.split(" ", 1)
        if head == "@":
            service = rest.split()[0]
            tables[service] = ({}, {})
        elif head == ">":
            name, *ends = rest.split()
            tables[service][0][name] = ends
        else:
            tables[service][1][head] = rest
    for service, (operations, shapes) in tables.items():
        wanted = answered(service)
        left, seen = [], set()
        for name in sorted(wanted & operations.keys()):
            yield f"{service} > {name} {' '.join(operations[name])}"
            left += operations[name]
        while left:
            name = left.pop()
            if name in shapes and name not in seen:
                seen.add(name)
                limits = re.sub(r" /.*", "", shapes[name])
                # Values of an enum may be spelled like a shape; that such a one counts as reached does no harm.
                left += re.findall(r"\w+", limits)
        for name in sorted(seen):
            yield f"{service} {name} {shapes[name]}"


def differences(only_answered):
    """What the committed table says otherwise than the botocore at hand. Which botocore it was is no difference."""
    kept, now = (text.splitlines()[1:] for text in (TABLE.read_text(), table()))
    if only_answered:
        kept, now = list(part(kept)), list(part(now))
    return [line for line in difflib.unified_diff(kept, now, "aws.txt", f"botocore {botocore.__version__}", lineterm="", n=0)]


def main():
    if {"--check", "--answered"} & set(sys.argv[1:]):
        found = differences("--answered" in sys.argv)
        kept, now = CLASSES.read_text(), classes()
        # Another Unicode than the table's says nothing about the table.
        if kept.splitlines()[0] == now.splitlines()[0] and kept != now:
            found.append("classes.txt differs")
        if found:
            print("\n".join(found))
            print(f"The table differs from the models of botocore {botocore.__version__}: python {Path(__file__).name} makes it again.")
            sys.exit(1)
        return
    TABLE.write_text(table())
    CLASSES.write_text(classes())


if __name__ == "__main__":
    main()
