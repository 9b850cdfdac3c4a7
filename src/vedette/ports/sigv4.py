"""SigV4: how AWS wants a request signed: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """One key of one account, for one service in one region. Its `repr` shows nothing of the key."""

    key_id: str
    secret: str
    region: str
    service: str
    token: str = ""  # of temporary credentials

    def headers(self, *, host: str, body: bytes, content_type: str, now: datetime) -> Mapping[str, str]:
        """The headers, beside Host, that make a POST of these bytes to the path / a signed one."""
        moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        sent = {"host": host, "x-amz-date": moment}
        sent |= {"content-type": content_type} if content_type else {}
        sent |= {"x-amz-security-token": self.token} if self.token else {}
        names = ";".join(sorted(sent))
        lines = "".join(f"{name}:{' '.join(sent[name].split())}\n" for name in sorted(sent))
        request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        to_sign = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.new(self._key(moment[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
        proof = f"{_ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        return {name: value for name, value in sent.items() if name != "host"} | {"authorization": proof}

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key
