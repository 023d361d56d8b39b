"""One measured Python client: client.py FACE VENDOR IN_FLIGHT CALLS WARM_UP URL [CA_FILE].

FACE is requests, aiohttp, sdk (the vendor's own, or wechatpy) or cardwire. The report is that of the
other clients: processor milliseconds a call, calls a second, peak memory, import time.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import resource
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

FACE, VENDOR, IN_FLIGHT, CALLS, WARM_UP, URL = sys.argv[1:7]
IN_FLIGHT, CALLS, WARM_UP = int(IN_FLIGHT), int(CALLS), int(WARM_UP)
CA_FILE = sys.argv[7] if len(sys.argv) > 7 else None
HOST = URL.split("//")[1]
CARD, ID, NAME = "6222020000000000000", "110101190001010014", "张三"
TOKEN, TICKET = "wechataccesstoken0000000000", "ticketticketticketticketticket"
IS_PHOTO = VENDOR in ("wechat", "tencent_kyc", "aliyun_bankocr")
PHOTO = open(os.environ["PHOTO"], "rb").read() if IS_PHOTO else None

begun = time.perf_counter()
if FACE == "requests":
    import requests
elif FACE == "aiohttp":
    import aiohttp
elif FACE == "sdk" and VENDOR == "wechat":
    from wechatpy import WeChatClient
elif FACE == "sdk":
    from tencentcloud.common import credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.faceid.v20180301 import faceid_client, models
else:
    import cardwire
START_MS = (time.perf_counter() - begun) * 1e3


def sha256(text):
    return hashlib.sha256(text).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def request():
    """Path, headers and body of one call as requests and aiohttp both take them."""
    if VENDOR == "tencent_faceid":
        body = json.dumps({"IdCard": ID, "Name": NAME, "BankCard": CARD}).encode()
        now = int(time.time())
        date = time.strftime("%Y-%m-%d", time.gmtime(now))
        canonical = (
            f"POST\n/\n\ncontent-type:application/json\nhost:{HOST}\n\ncontent-type;host\n{sha256(body)}"
        )
        to_sign = f"TC3-HMAC-SHA256\n{now}\n{date}/faceid/tc3_request\n{sha256(canonical.encode())}"
        key = mac(mac(mac(b"TC3secretkeyexample", date), "faceid"), "tc3_request")
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        authorization = (
            f"TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/{date}/faceid/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={signature}"
        )
        headers = {
            "Content-Type": "application/json",
            "Authorization": authorization,
            "X-TC-Action": "BankCardVerification",
            "X-TC-Version": "2018-03-01",
            "X-TC-Timestamp": str(now),
        }
        return "/", headers, body
    app_code = {"Authorization": "APPCODE appcodeappcodeappcode"}
    if VENDOR == "aliyun_yhkr":
        return "/communication/personal/1886", app_code, {"acct_no": CARD, "idcard": ID, "name": NAME}
    if VENDOR == "aliyun_bankocr":
        img = "data:image/jpeg;base64," + base64.b64encode(PHOTO).decode()
        return "/cardbank", app_code, {"img": img}
    order, nonce = uuid.uuid4().hex, uuid.uuid4().hex
    sign = hashlib.sha1("".join(sorted(["IDA00001", order, "1.0.0", nonce, TICKET])).encode())
    body = {
        "webankAppId": "IDA00001",
        "version": "1.0.0",
        "nonce": nonce,
        "sign": sign.hexdigest().upper(),
        "orderNo": order,
        "bankcardStr": base64.b64encode(PHOTO).decode(),
    }
    path = f"/api/paas/bankcardocrapp?orderNo={order}"
    return path, {"Content-Type": "application/json"}, json.dumps(body).encode()


def read(answer):
    """Reads what a program wants to know."""
    good = {
        "tencent_faceid": lambda: answer["Response"]["Result"] == "0",
        "aliyun_yhkr": lambda: answer["data"]["state"] == "1",
        "wechat": lambda: answer["number"] == "6217000000000000004",
        "tencent_kyc": lambda: answer["result"]["bankcardNo"] == "6217000000000000004",
        "aliyun_bankocr": lambda: answer["result"]["bank_card_number"].startswith("6217"),
    }
    assert good[VENDOR](), answer


def with_requests():
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=IN_FLIGHT))
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=IN_FLIGHT))
    if CA_FILE:
        session.verify = CA_FILE

    def one():
        if VENDOR == "wechat":
            url = f"{URL}/cv/ocr/bankcard?access_token={TOKEN}"
            answer = session.post(url, files={"img": ("card.jpg", PHOTO, "image/jpeg")})
        else:
            path, headers, body = request()
            answer = session.post(URL + path, headers=headers, data=body)
        read(answer.json())

    return one


def with_sdk():
    if VENDOR == "wechat":

        class Client(WeChatClient):
            API_BASE_URL = f"{URL}/cgi-bin/"

        client = Client("wx00001", "wxsecret", access_token=TOKEN)
        client.expires_at = int(time.time()) + 7200
        client._http.trust_env = False
        if CA_FILE:
            client._http.verify = CA_FILE

        def one():
            files = {"img": ("card.jpg", PHOTO, "image/jpeg")}
            read(client.post(f"{URL}/cv/ocr/bankcard", files=files))

        return one
    http = HttpProfile(protocol=URL.split(":")[0], endpoint=HOST, keepAlive=True)
    if CA_FILE:
        http.certification = CA_FILE
    client = faceid_client.FaceidClient(
        credential.Credential("AKIDEXAMPLE", "secretkeyexample"),
        "",
        ClientProfile(httpProfile=http),
    )

    def one():
        call = models.BankCardVerificationRequest()
        call.IdCard, call.Name, call.BankCard = ID, NAME, CARD
        assert client.BankCardVerification(call).Result == "0"

    return one


def config():
    account = {
        "tencent_faceid": {
            "secret_id": "AKIDEXAMPLE",
            "secret_key": "secretkeyexample",
            "requests_per_second": 1_000_000,
        },
        "wechat": {"app_id": "wx00001", "app_secret": "wxsecret", "daily_quota": 0},
        "tencent_kyc": {"app_id": "IDA00001", "secret": "kycsecret"},
    }.get(VENDOR, {"app_code": "appcodeappcodeappcode"})
    made = {"vendors": [{"vendor": VENDOR, "base_url": URL, **account}]}
    if CA_FILE:
        made["ca_file"] = CA_FILE
    return made


def with_cardwire():
    client = cardwire.Client(config())

    def one():
        if IS_PHOTO:
            assert client.recognize(PHOTO).card_number == "6217000000000000004"
        else:
            assert client.verify(CARD, NAME, ID).outcome is cardwire.Outcome.MATCH

    return one


def measured(everything):
    everything(WARM_UP)
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    everything(CALLS)
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - wall
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    report = {
        "cpu_ms": cpu * 1e3 / CALLS,
        "calls_per_s": CALLS / wall,
        "rss_kib": int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]),
        "start_ms": START_MS,
    }
    print(json.dumps(report))


def blocking(one):
    if IN_FLIGHT == 1:
        measured(lambda calls: [one() for _ in range(calls)])
        return
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        measured(lambda calls: [done.result() for done in [pool.submit(one) for _ in range(calls)]])


async def in_flight(one, calls):
    async def share():
        for _ in range(calls // IN_FLIGHT):
            await one()

    await asyncio.gather(*(share() for _ in range(IN_FLIGHT)))


def with_loop(make):
    loop = asyncio.new_event_loop()
    one = loop.run_until_complete(make())
    measured(lambda calls: loop.run_until_complete(in_flight(one, calls)))
    sys.stdout.flush()
    os._exit(0)


async def aiohttp_one():
    import ssl

    context = ssl.create_default_context(cafile=CA_FILE) if CA_FILE else True
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=IN_FLIGHT))

    async def one():
        if VENDOR == "wechat":
            form = aiohttp.FormData()
            form.add_field("img", PHOTO, filename="card.jpg", content_type="image/jpeg")
            path, headers, body = f"/cv/ocr/bankcard?access_token={TOKEN}", {}, form
        else:
            path, headers, body = request()
        async with session.post(URL + path, headers=headers, data=body) as answer:
            read(await answer.json(content_type=None))

    return one


async def cardwire_one():
    client = cardwire.AsyncClient(config())

    async def one():
        if IS_PHOTO:
            assert (await client.recognize(PHOTO)).card_number == "6217000000000000004"
        else:
            verification = await client.verify(CARD, NAME, ID)
            assert verification.outcome is cardwire.Outcome.MATCH

    return one


if FACE == "aiohttp":
    with_loop(aiohttp_one)
elif FACE == "cardwire" and IN_FLIGHT > 1:
    with_loop(cardwire_one)
else:
    blocking({"requests": with_requests, "sdk": with_sdk, "cardwire": with_cardwire}[FACE]())
