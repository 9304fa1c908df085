"""The way to Temporal: address, namespace, TLS and keys by its own environment variables and profiles."""

from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, pydantic_data_converter
from temporalio.converter import CompositePayloadConverter, DefaultPayloadConverter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError


class _Json(PydanticJSONPlainPayloadConverter):
    """Temporal makes a converter for every journey; each would build the schema of a case anew."""

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        return _adapter(type_hint or Any).validate_json(payload.data)


class _Converter(CompositePayloadConverter):
    def __init__(self) -> None:
        plain = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_Json() if one.encoding == "json/plain" else one for one in plain))


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


CONVERTER = replace(pydantic_data_converter, payload_converter_class=_Converter)
"""Values cross every border through Pydantic, in both directions."""


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
