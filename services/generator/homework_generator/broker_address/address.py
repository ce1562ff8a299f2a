"""Finds the broker's address with ngrok's API, if NGROK_API_KEY is set."""

from collections.abc import Callable

from homework_generator.broker_address.ngrok_lookup import resolver_by_api
from homework_generator.settings import GeneratorSettings
from homework_shared.messaging.address import AddressResolver
from homework_shared.messaging.ticket import BadTicket, BrokerTicket, read_ticket
from homework_shared.settings import BrokerSettings


def resolver_for(settings: GeneratorSettings) -> AddressResolver | None:
    """A resolver that asks ngrok's API if NGROK_API_KEY is set; else None, and the broker settings hold the
    address.

    Raises:
        BadTicket: with NGROK_API_KEY a ticket is needed too, for the password and the certificate.
    """
    if settings.ngrok_api_key is None:
        return None
    key = settings.ngrok_api_key.get_secret_value()
    return resolver_by_api(_reader(settings.broker), key, settings.ngrok_api_url)


def _reader(broker: BrokerSettings) -> Callable[[], BrokerTicket]:
    if (file := broker.ticket_file) is not None:
        return lambda: read_ticket(file)
    if broker.ticket is None:
        raise BadTicket("NGROK_API_KEY finds the address only: set BROKER_TICKET or BROKER_TICKET_FILE too")
    ticket = BrokerTicket.decode(broker.ticket.get_secret_value())
    return lambda: ticket
