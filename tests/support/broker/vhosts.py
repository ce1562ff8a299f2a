"""A vhost for one test on a shared broker, which can be emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from yarl import URL

from homework_shared.messaging.topology import PERMISSIONS
from tests.support.broker.brokers import BrokerProcess


@dataclass(frozen=True)
class Vhost:
    name: str
    broker: BrokerProcess

    def amqp_url(self, user: str) -> str:
        return str(URL(self.broker.amqp_url(user)).with_path(f"/{self.name}"))

    def make_empty(self) -> None:
        """Recreate the vhost as if the broker's disk had been replaced. It has users and rights, and nothing
        else.
        """
        with self._as_ops() as http:
            if http.get(f"/api/vhosts/{self.name}").is_success:
                http.delete(f"/api/vhosts/{self.name}").raise_for_status()
            http.put(f"/api/vhosts/{self.name}").raise_for_status()
            for user, may in PERMISSIONS.items():
                rights = {"configure": may.configure, "write": may.write, "read": may.read}
                http.put(f"/api/permissions/{self.name}/{user}", json=rights).raise_for_status()

    def policies(self) -> set[str]:
        with self._as_ops() as http:
            return {each["name"] for each in http.get(f"/api/policies/{self.name}").raise_for_status().json()}

    def delete(self) -> None:
        with self._as_ops() as http:
            http.delete(f"/api/vhosts/{self.name}").raise_for_status()

    def _as_ops(self) -> httpx.Client:
        auth = ("ops", self.broker.password("ops"))
        return httpx.Client(base_url=self.broker.management_url, auth=auth, timeout=60)


@contextmanager
def own_vhost(broker: BrokerProcess, name: str) -> Iterator[Vhost]:
    vhost = Vhost(name, broker)
    vhost.make_empty()
    try:
        yield vhost
    finally:
        vhost.delete()
