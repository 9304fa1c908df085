"""The way to Temporal: address, namespace, TLS and keys by its own environment variables and profiles."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

CONVERTER = pydantic_data_converter


class TemporalUnavailable(ConnectionError):
    """The Temporal server cannot be reached."""


async def connect(address: str | None = None) -> Client:
    """Connect as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the like say, or to `address`."""
    config = ClientConfig.load_client_connect_config()
    if address:
        config["target_host"] = address
    target = config.setdefault("target_host", "localhost:7233")
    try:
        return await Client.connect(**config, data_converter=CONVERTER)
    except (RuntimeError, RPCError) as error:
        raise TemporalUnavailable(
            f"Temporal does not answer at {target}: start it with `journeys up`, "
            f"or set TEMPORAL_ADDRESS to where it runs ({str(error).splitlines()[0][:120]})"
        ) from error
