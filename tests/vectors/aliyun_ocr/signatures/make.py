#!/usr/bin/env python3
"""Makes acs3.json: what the vendor's own SDK signs, with a fixed time and nonce, and each string in between.

    pip install alibabacloud-ocr-api20210707==3.1.3 alibabacloud-cloudauth20190307==3.14.0 \
        alibabacloud-tea-openapi==0.4.6
    python tests/vectors/aliyun_ocr/signatures/make.py

The SDK builds and signs each request and is stopped before it is sent. It signs every header, its own
`user-agent` and `accept` too; the vendor wants `host`, `content-type` and `x-acs-*` signed.
"""
import base64
import io
import json
from pathlib import Path

from alibabacloud_cloudauth20190307.client import Client as Cloudauth
from alibabacloud_cloudauth20190307.models import BankMetaVerifyRequest
from alibabacloud_ocr_api20210707.client import Client as Ocr
from alibabacloud_ocr_api20210707.models import RecognizeBankCardRequest
from alibabacloud_tea_openapi import client as sdk
from alibabacloud_tea_openapi import utils
from alibabacloud_tea_openapi.utils_models import Config

ID, SECRET, TOKEN = "cardwireVectorId", "cardwireVectorSecret", "cardwireVectorToken"
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAADklEQVR42mP4/5+BFAQA/U4f4d7IdZcAAAAASUVORK5CYII="
)


class Stopped(BaseException):
    """In the place of the network."""


class Seen:
    request = canonical = to_sign = None


def stop(request, *_, **__):
    Seen.request = request
    raise Stopped


def hashed(raw, sign_type, plain=utils.Utils.hash):
    if raw.startswith(b"POST\n"):
        Seen.canonical = raw.decode()
    return plain(raw, sign_type)


def signed(secret, source, sign_type, plain=utils.signature_method):
    Seen.to_sign = source
    return plain(secret, source, sign_type)


utils.Utils.get_timestamp = staticmethod(lambda: "2026-01-01T00:00:00Z")
utils.Utils.get_nonce = staticmethod(lambda: "0123456789abcdef0123456789abcdef")
utils.Utils.get_user_agent = staticmethod(lambda agent: "cardwire-vectors")
utils.Utils.hash = staticmethod(hashed)
utils.signature_method = signed
sdk.DaraCore.do_action = staticmethod(stop)


def case(name, shows, ask, token=None, endpoint=None, client=Ocr):
    config = Config(access_key_id=ID, access_key_secret=SECRET, security_token=token, endpoint=endpoint)
    try:
        ask(client(config))
    except Stopped:
        pass
    request = Seen.request
    return written(
        name, "the vendor's Python SDK built and signed the whole request", shows, ID, SECRET,
        request.headers, utils.get_canonical_query_string(request.query), request.body or b"",
    )


def written(name, origin, shows, key, secret, headers, query, body):
    payload = headers["x-acs-content-sha256"]
    authorization = headers.get("Authorization")
    headers = {name.lower(): value for name, value in headers.items() if name != "Authorization"}
    return {
        "name": name, "origin": origin, "shows": shows,
        "input": {
            "access_key_id": key, "access_key_secret": secret, "query": query,
            "headers": [list(pair) for pair in sorted(headers.items())],
            "body_base64": base64.b64encode(body).decode(),
        },
        "steps": {
            "payload_hash": payload, "canonical_request": Seen.canonical, "string_to_sign": Seen.to_sign,
            "authorization": authorization,
        },
    }


def page():
    """The sample of the page, signed by the SDK; the page prints the same signature."""
    class Request:
        method, pathname = "POST", "/"
        query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
        headers = {
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-version": "2014-05-26",
        }
    payload = Request.headers["x-acs-content-sha256"]
    key, secret = "YourAccessKeyId", "YourAccessKeySecret"
    authorization = utils.Utils.get_authorization(Request, "ACS3-HMAC-SHA256", payload, key, secret)
    printed = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert authorization.endswith(printed), authorization
    headers = {**Request.headers, "Authorization": authorization}
    origin = "https://help.aliyun.com/document_detail/2593177.html prints the signature; the vendor's SDK agrees"
    query = utils.get_canonical_query_string(Request.query)
    return written("page", origin, "the sample of the page", key, secret, headers, query, b"")


def photo(client):
    client.recognize_bank_card(RecognizeBankCardRequest(body=io.BytesIO(PHOTO)))


def address(url):
    return lambda client: client.recognize_bank_card(RecognizeBankCardRequest(url=url))


def holder(product, **more):
    asked = BankMetaVerifyRequest(
        bank_card="6222020000000000000", user_name="张三", param_type="normal",
        verify_mode="VERIFY_BANK_CARD", product_type=product, **more,
    )
    return lambda client: client.bank_meta_verify(asked)


OCR, VERIFY = "ocr-api.cn-hangzhou.aliyuncs.com", "cloudauth.aliyuncs.com"
PERSON = {"identify_num": "110101190001010014"}
CASES = [
    page(),
    case("ocr_photo", "the hash of a photo", photo, endpoint=OCR),
    case("ocr_photo_token", "a temporary key: two more headers", photo, TOKEN, OCR),
    case("ocr_address", "an address, escaped once", address("https://cards.example/a b.jpg?x=1&y=~中+/="),
         endpoint=OCR),
    case("verify2", "a name that is not ASCII", holder("BANK_CARD_2_META"), endpoint=VERIFY, client=Cloudauth),
    case("verify3", "parameters sorted by name", holder("BANK_CARD_3_META", identity_type="01", **PERSON),
         endpoint=VERIFY, client=Cloudauth),
    case("verify4", "all of them", holder("BANK_CARD_4_META", mobile="13800000000", **PERSON),
         endpoint=VERIFY, client=Cloudauth),
    case("verify4_token", "all of them, with a temporary key",
         holder("BANK_CARD_4_META", mobile="13800000000", **PERSON), TOKEN, VERIFY, Cloudauth),
]
Path(__file__).with_name("acs3.json").write_text(json.dumps(CASES, ensure_ascii=False, indent=1) + "\n", "utf-8")
