"""moto's server with one slip set right: the state of a subnet's IPv6 block, which it tells as a Python dictionary's text.

moto_network.py PORT
"""

import sys

from moto.ec2.models.subnets import Subnet
from moto.server import main


class State(dict):
    """Told as AWS tells it; the rest of moto reads it as before."""

    def __str__(self):
        return self["State"]


attach = Subnet.attach_ipv6_cidr_block_associations


def attached(subnet, block):
    association = attach(subnet, block)
    slip = association["ipv6CidrBlockState"]
    assert not isinstance(slip, str), "moto has it right now: take this file out, and start moto_server"
    association["ipv6CidrBlockState"] = State(slip)
    return association


Subnet.attach_ipv6_cidr_block_associations = attached
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
