"""Finds the address at which other devices of the same network reach this computer."""

import ipaddress
import socket

import psutil

from homework_cli.sharing.errors import NotShared

# No packet is sent. Connecting a UDP socket gives the address of the network that leads to the internet. The
# destination is one of the addresses that RFC 5737 reserves for documentation.
_ELSEWHERE = ("198.51.100.1", 9)


def own_address() -> str:
    """The IPv4 address of this computer that others most likely reach. Raises NotShared."""
    known = _addresses()
    if not known:
        raise NotShared(
            "this computer is in no network: connect it to the one that the students' devices are in, "
            "or share over the internet with --ngrok"
        )
    leading = _towards_the_internet()
    return leading if leading in known else known[0]


def _addresses() -> list[str]:
    """IPv4 addresses of the interfaces that are up, without those that only this computer can use."""
    up = {name for name, interface in psutil.net_if_stats().items() if interface.isup}
    return [
        each.address
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
        for each in addresses
        if each.family == socket.AF_INET and _is_for_others(each.address)
    ]


def _is_for_others(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified)


def _towards_the_internet() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_ELSEWHERE)
        except OSError:
            return None
        address: str = asking.getsockname()[0]
    return address
