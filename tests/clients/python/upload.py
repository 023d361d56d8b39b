"""requests alone, as WeChat is asked from Python without an SDK."""
import requests
from calls import run

HOST = "https://api.weixin.qq.com"


def call(case, _setting):
    who = {"grant_type": "client_credential", "appid": case["app_id"], "secret": case["app_secret"]}
    token = requests.post(f"{HOST}/cgi-bin/stable_token", json=who).json()
    if "errcode" in token:
        return token["errcode"]
    with open(case["photo"], "rb") as photo:
        query = {"access_token": token["access_token"]}
        answer = requests.post(f"{HOST}/cv/ocr/bankcard", params=query, files={"img": photo}).json()
    return answer["errcode"] or answer["number"]


run(call)
