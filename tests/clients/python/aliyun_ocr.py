"""Alibaba Cloud's SDK for Python, OCR. The argument after the calls is `file` or `url`."""
import json
import sys

from alibabacloud_ocr_api20210707.client import Client
from alibabacloud_ocr_api20210707.models import RecognizeBankCardRequest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from calls import run


def call(case, setting):
    client = Client(Config(
        access_key_id=case["access_key_id"], access_key_secret=case["access_key_secret"],
        endpoint="ocr-api.cn-hangzhou.aliyuncs.com", https_proxy=f"http://{setting['all']}", ca=setting["ca"],
    ))
    if sys.argv[2] == "url":
        request = RecognizeBankCardRequest(url=case["image_url"])
    else:
        request = RecognizeBankCardRequest(body=open(case["photo"], "rb"))
    try:
        return json.loads(client.recognize_bank_card(request).body.data)["data"]["cardNumber"]
    except AlibabaCloudException as error:
        return error.code


run(call)
