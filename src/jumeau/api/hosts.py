# SPDX-License-Identifier: EUPL-1.2
"""Under which names the server answers, and which other sites may read it.

A page of another site can make a browser ask 127.0.0.1 under a name of its own (DNS rebinding):
the browser then takes our answers for that site's. Such requests bear the site's name as their
host, and are refused. A number cannot be taken over that way: only names need to be known.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from jumeau.base.errors import error

HOSTS_VARIABLE = "JUMEAU_HOSTS"
"""Environment variable: names under which the server answers, with commas."""
ORIGINS_VARIABLE = "JUMEAU_ORIGINS"
"""Environment variable: other sites whose pages may read the server, with commas."""
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?", re.ASCII)
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9._-]+(?::\d{1,5})?", re.ASCII)


class Names(NamedTuple):
    """Names of the server beside its addresses, and the other sites that may read it.

    Parameters
    ----------
    hosts : tuple of str
        Names such as ``jumeau.mairie.fr``; ``*.mairie.fr`` for all those below.
    origins : tuple of str
        Sites such as ``https://carte.mairie.fr``.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def answers(self, host: str, server: str) -> bool:
        """Tell whether a request for a host is for this server.

        Parameters
        ----------
        host : str
            ``Host`` of the request, with its port or not.
        server : str
            Address at which the connection came in.
        """
        found = _HOST.fullmatch(host.strip().lower())
        if found is None:
            return False
        name = found[1].strip("[]").rstrip(".")
        if name == "localhost" or name.endswith(".localhost") or name == server.lower():
            return True
        address, own = _address(name), _address(server)
        if address is not None:  # a loopback server has no other number
            return address.is_loopback or (own is not None and not own.is_loopback)
        return any(
            name.endswith(known[1:]) if known.startswith("*.") else name == known
            for known in self.hosts
        )


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def names(hosts: Iterable[str], origins: Iterable[str]) -> Names:
    """Return the names given, and those of the environment.

    Parameters
    ----------
    hosts, origins : iterable of str
        Names of the command line and of ``territory.toml``.

    Raises
    ------
    InvalidError
        ``JUM-A021`` for what is no name of a host, ``JUM-A022`` for what is no site.
    """
    named = [*hosts, *os.environ.get(HOSTS_VARIABLE, "").split(",")]
    sites = [*origins, *os.environ.get(ORIGINS_VARIABLE, "").split(",")]
    return Names(
        tuple(_checked(named, _NAME, "JUM-A021")), tuple(_checked(sites, _ORIGIN, "JUM-A022"))
    )


def _checked(given: Iterable[str], form: re.Pattern[str], code: str) -> list[str]:
    found = [text.strip().lower().rstrip("/") for text in given]
    found = [text.rstrip(".") for text in found if text]
    for text in found:
        if form.fullmatch(text) is None:
            raise error(code, value=text[:80])
    return list(dict.fromkeys(found))
