"""Our protobuf says what Google's own library reads, and reads what it writes."""

import pytest
from google.protobuf import struct_pb2, timestamp_pb2
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from vedette.ports.protobuf import Malformed, Shape, encode, fields

TIMESTAMP: Shape = {"seconds": (1, "int64"), "nanos": (2, "int64")}
POINT: Shape = {
    "attributes": (7, {"key": (1, "string"), "value": (2, {"stringValue": (1, "string")})}),
    "startTimeUnixNano": (2, "fixed64"),
    "asInt": (6, "sfixed64"),
    "asDouble": (4, "double"),
}


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_of_64_bits_are_read_back(seconds: int) -> None:
    assert timestamp_pb2.Timestamp.FromString(encode({"seconds": seconds}, TIMESTAMP)).seconds == seconds


@given(st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1), st.lists(st.text(max_size=200), max_size=5))
def test_fixed_numbers_and_repeated_messages_are_read_back(start: int, value: int, texts: list[str]) -> None:
    attributes = [{"key": "k", "value": {"stringValue": text}} for text in texts]
    message = {"attributes": attributes, "startTimeUnixNano": str(start), "asInt": str(value)}
    read = NumberDataPoint.FromString(encode(message, POINT))
    assert (read.start_time_unix_nano, read.as_int) == (start, value)
    assert [each.value.string_value for each in read.attributes] == texts


@given(st.floats(allow_nan=False))
def test_floats_are_read_back_to_the_last_digit(value: float) -> None:
    read = NumberDataPoint.FromString(encode({"asDouble": value}, POINT))
    assert (read.WhichOneof("value"), read.as_double) == ("as_double", value)


def test_a_zero_is_written_and_not_left_out() -> None:
    assert NumberDataPoint.FromString(encode({"asInt": "0"}, POINT)).WhichOneof("value") == "as_int"
    assert NumberDataPoint.FromString(encode({}, POINT)).WhichOneof("value") is None


def test_what_no_utf_8_can_say_stops_nothing() -> None:
    message = {"attributes": [{"key": "a\ud800b", "value": {"stringValue": "\x00"}}]}
    (read,) = NumberDataPoint.FromString(encode(message, POINT)).attributes
    assert (read.key, read.value.string_value) == ("a?b", "\x00")


def test_a_name_that_the_shape_does_not_know_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        encode({"minutes": 1}, TIMESTAMP)


@given(st.text(max_size=300), st.floats(allow_nan=False))
def test_what_the_library_writes_is_read_field_by_field(text: str, number: float) -> None:
    written = struct_pb2.Value(string_value=text).SerializeToString()
    assert list(fields(written)) == [(3, text.encode())]
    eight = struct_pb2.Value(number_value=number).SerializeToString()
    assert [(found, len(value)) for found, value in fields(eight) if isinstance(value, bytes)] == [(2, 8)]
    stamp = timestamp_pb2.Timestamp(seconds=253402300799, nanos=7)
    assert list(fields(stamp.SerializeToString())) == [(1, 253402300799), (2, 7)]


@pytest.mark.parametrize("broken", [b"\x0a\x05ab", b"\x80", b"\xff" * 12, b"\x09\x00", b"\x0b"])
def test_bytes_that_are_no_message_are_said_to_be_none(broken: bytes) -> None:
    with pytest.raises(Malformed):
        list(fields(broken))
