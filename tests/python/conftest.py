"""What every test has: a region that was empty at first, clients for it, and a whole service built through AWS's API."""

import os

import pytest

from region import Region
from shop import Shop


@pytest.fixture(scope="session")
def region():
    """The simulated region that SIXSHIFT_SIM_URL names. Tests share it, and name their own things."""
    url = os.environ.get("SIXSHIFT_SIM_URL")
    assert url, "SIXSHIFT_SIM_URL has to say where the simulated region listens"
    return Region(url)


@pytest.fixture(scope="session")
def shop(region):
    """A dual-stack load balancer with an IPv4 service and its IPv6-only twin, both running; customers ask it."""
    return Shop(region)


@pytest.fixture(autouse=True)
def no_faults(region):
    """A fault ends with the test that asked for it."""
    yield
    region.control("DELETE", "faults")
    region.control("POST", "share", share=0.0)
