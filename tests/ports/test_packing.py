"""Bodies as bytes: the same for the same content, whenever they are packed."""

import gzip
import json
import uuid

from vedette.ports.packing import PACKED, packed, request_id, size_of

BODY = [{"value": 42, "filter": "checkout", "words": "ü" * 50}]


def test_a_body_comes_out_as_it_went_in() -> None:
    assert json.loads(gzip.decompress(packed(BODY))) == BODY
    assert PACKED["Content-Encoding"] == "gzip"


def test_no_time_is_written_into_a_packed_body() -> None:
    assert packed(BODY)[4:8] == b"\0\0\0\0"


def test_the_size_is_that_of_the_unpacked_body() -> None:
    assert size_of(BODY) == len(gzip.decompress(packed(BODY)))


def test_the_id_of_a_request_is_a_uuid4_of_its_body() -> None:
    assert request_id(BODY) == request_id([dict(BODY[0])])
    assert request_id(BODY) != request_id([])
    assert uuid.UUID(request_id(BODY)).version == 4
