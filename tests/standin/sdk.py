"""Huawei's own signer, asked for each of its stages."""

import warnings

# The SDK warns about Python versions and ciphers that play no part here.
warnings.simplefilter("ignore")

from huaweicloudsdkcore.sdk_request import SdkRequest  # noqa: E402
from huaweicloudsdkcore.signer.signer import Signer  # noqa: E402


class Key:
    def __init__(self, ak, sk):
        self.ak = ak
        self.sk = sk


class Recording(Signer):
    """A signer that keeps what it makes on the way."""

    def _process_canonical_request(self, request, signed_headers):
        self.canonical_request = super()._process_canonical_request(request, signed_headers)
        return self.canonical_request

    def _process_string_to_sign(self, canonical_request, time):
        self.string_to_sign = super()._process_string_to_sign(canonical_request, time)
        return self.string_to_sign

    def _sign_string_to_sign(self, string_to_sign, key):
        self.signature = super()._sign_string_to_sign(string_to_sign, key)
        return self.signature


def stages(ak, sk, method, path, query, headers, body):
    """Signs a request and returns the stages; `path` is percent-encoded, `query` is pairs that are not."""
    signer = Recording(Key(ak, sk))
    request = SdkRequest(
        method=method,
        host=headers["Host"],
        resource_path=path,
        query_params=list(query),
        header_params=dict(headers),
        body=body,
    )
    signed = signer.sign(request)
    return {
        "canonical-request": signer.canonical_request,
        "string-to-sign": signer.string_to_sign,
        "signature": signer.signature,
        "authorization": signed.header_params["Authorization"],
    }
