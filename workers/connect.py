"""The way to Temporal: address, namespace, TLS and keys by its own environment variables and profiles."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, pydantic_data_converter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
)
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from workers.codec import Encrypted, KeyRing
from workers.settings import BadSettings, Settings


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


LOCAL = "localhost:7233"


def converter(ring: KeyRing) -> DataConverter:
    """Values cross every border through Pydantic, and encrypted; the texts of failures too."""
    return replace(
        pydantic_data_converter,
        payload_converter_class=_Converter,
        payload_codec=Encrypted(ring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


class TemporalUnavailable(ConnectionError):
    """The Temporal server cannot be reached."""


class TemporalRefused(TemporalUnavailable):
    """The Temporal server answers a call with an error, which may be about that call alone."""


async def connect(settings: Settings, *, lazy: bool = False, metrics: str = "") -> Client:
    """Connect as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the like say; lazily, not before the first call.

    At the address of `metrics` this process then serves what the SDK counts. Raises `TemporalUnavailable`,
    `BadSettings`, `BadKeys`.
    """
    try:
        config = ClientConfig.load_client_connect_config()
    except RuntimeError as error:
        raise TemporalUnavailable(f"Temporal's own configuration cannot be read: {error}") from error
    config.setdefault("target_host", LOCAL)
    runtime = _counting(metrics) if metrics else None
    ring = KeyRing.open(settings.keys)
    with answering():
        return await Client.connect(**config, data_converter=converter(ring), lazy=lazy, runtime=runtime)


def _counting(address: str) -> Runtime:
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=address)))
    except (RuntimeError, ValueError):
        raise BadSettings(
            f"JOURNEYS_WORKER_METRICS: nothing can be served at {address!r}: write one like 127.0.0.1:9464, "
            "another for each process"
        ) from None


def target() -> str:
    """Where Temporal is looked for, as its variables and profiles say."""
    return ClientConfig.load_client_connect_config().get("target_host", LOCAL)


NO_ANSWER = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,  # how the client itself says that its time is over
)


@contextmanager
def answering() -> Iterator[None]:
    """Says in a sentence that Temporal does not answer, or answers with an error.

    That it knows no such journey stays an `RPCError`.
    """
    try:
        yield
    except (RuntimeError, RPCError) as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            raise
        if isinstance(error, RPCError) and error.status not in NO_ANSWER:
            raise TemporalRefused(
                f"Temporal at {target()} answers with an error ({error.status.name}: {error.message}): "
                "are its address, namespace and key right?"
            ) from error
        raise TemporalUnavailable(
            f"Temporal does not answer at {target()}: start it with `journeys up`, "
            "or set TEMPORAL_ADDRESS to where it runs"
        ) from error
