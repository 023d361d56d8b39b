#!/usr/bin/env python3
"""Makes tc3.json: what the vendor's own SDK signs, at a fixed time, and each string in between.

    pip install tencentcloud-sdk-python-ocr==3.1.193
    python tests/vectors/tencent_ocr/signatures/make.py

The SDK builds and signs each request and is stopped before it is sent; the strings in between are made
here, and their signature has to be the SDK's.
"""
import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from unittest import mock

from tencentcloud.common import abstract_client, credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client

VERSION = "3.1.193"
ID, KEY = "cardwireVectorId", "cardwireVectorKey"
PHOTO = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
URL = "https://cards.example/front.jpg"
NOW = 1767225600
HOST = "ocr.tencentcloudapi.com"
SWITCHES = [
    "RetBorderCutImage",
    "RetCardNoImage",
    "EnableCopyCheck",
    "EnableReshootCheck",
    "EnableBorderCheck",
    "EnableQualityValue",
]
CASES = [
    ("sdk_photo", {"ImageBase64": PHOTO}, {}, "a photo in a JSON body"),
    (
        "sdk_photo_every_option",
        {"ImageBase64": PHOTO, **dict.fromkeys(SWITCHES, True)},
        {"region": "ap-guangzhou"},
        "booleans and a region",
    ),
    ("sdk_address", {"ImageUrl": URL}, {"token": "temporaryToken"}, "an address and a temporary key"),
    (
        "sdk_international",
        {"ImageBase64": PHOTO},
        {"host": "ocr.intl.tencentcloudapi.com", "timestamp": NOW - 1},
        "the international host, in the last second of a UTC day",
    ),
]


class Stopped(Exception):
    """Thrown where the SDK would send."""


def sent(fields, token, region, host, timestamp):
    """The request as the SDK would send it."""
    caught = []

    def send(_, request):
        caught.append(request)
        raise Stopped

    profile = ClientProfile(signMethod="TC3-HMAC-SHA256", httpProfile=HttpProfile(endpoint=host))
    client = ocr_client.OcrClient(credential.Credential(ID, KEY, token), region, profile)
    request = models.BankCardOCRRequest()
    for name, value in fields.items():
        setattr(request, name, value)
    with (
        mock.patch.object(abstract_client.time, "time", lambda: timestamp),
        mock.patch("tencentcloud.common.http.request.ApiRequest.send_request", send),
    ):
        try:
            client.BankCardOCR(request)
        except Exception:
            if not caught:
                raise
    return caught[0]


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def steps(host, content_type, body, timestamp, authorization):
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    head = f"POST\n/\n\ncontent-type:{content_type}\nhost:{host}\n\ncontent-type;host\n"
    canonical = head + sha256(body)
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{date}/ocr/tc3_request\n{sha256(canonical.encode())}"
    date_key = digest(("TC3" + KEY).encode(), date)
    service_key = digest(date_key, "ocr")
    signing_key = digest(service_key, "tc3_request")
    signature = digest(signing_key, text).hex()
    assert authorization.endswith(signature), (authorization, signature)
    return {
        "payload_hash": sha256(body),
        "canonical_request": canonical,
        "canonical_request_hash": sha256(canonical.encode()),
        "string_to_sign": text,
        "date_key": date_key.hex(),
        "service_key": service_key.hex(),
        "signing_key": signing_key.hex(),
        "signature": signature,
        "authorization": authorization,
    }


def vector(name, fields, given, shows):
    host, timestamp = given.get("host", HOST), given.get("timestamp", NOW)
    region, token = given.get("region"), given.get("token")
    request = sent(fields, token, region or "", host, timestamp)
    body = request.data if isinstance(request.data, bytes) else request.data.encode()
    header = {key.lower(): str(value) for key, value in request.header.items()}
    assert header["host"] == host
    names = ["content-type", "host", "x-tc-action", "x-tc-timestamp", "x-tc-version"]
    names += ["x-tc-region", "x-tc-token", "authorization"]
    return {
        "name": name,
        "origin": f"the vendor's Python SDK (tencentcloud-sdk-python-ocr {VERSION}) built and signed the "
        "whole request at a fixed time",
        "shows": shows,
        "input": {
            "secret_id": ID,
            "secret_key": KEY,
            "service": "ocr",
            "host": host,
            "action": "BankCardOCR",
            "version": "2018-11-19",
            "region": region,
            "token": token,
            "timestamp": timestamp,
            "method": "POST",
            "content_type": header["content-type"],
            "sign_action": False,
            "unsigned_payload": False,
            "query": "",
            "body": body.decode(),
            "body_base64": base64.b64encode(body).decode(),
            "sent_headers": [[one, header[one]] for one in names if header.get(one)],
        },
        "steps": steps(host, header["content-type"], body, timestamp, header["authorization"]),
    }


def main():
    made = [vector(*case) for case in CASES]
    path = Path(__file__).with_name("tc3.json")
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
