"""Tencent Cloud's SDK for Python, OCR. The argument after the calls says what is sent: a photo or an address."""
import base64
import sys
from pathlib import Path

from calls import run
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client


def call(case, setting):
    who = credential.Credential(case["secret_id"], case["secret_key"])
    # It reads neither proxy nor authority from the environment.
    http = HttpProfile(proxy=f"http://{setting['all']}", certification=setting["ca"])
    client = ocr_client.OcrClient(who, "", ClientProfile(httpProfile=http))
    request = models.BankCardOCRRequest()
    request.RetCardNoImage = request.EnableCopyCheck = request.EnableQualityValue = True
    if sys.argv[2] == "photo":
        request.ImageBase64 = base64.b64encode(Path(case["photo"]).read_bytes()).decode()
    else:
        request.ImageUrl = case["image_url"]
    try:
        return client.BankCardOCR(request).CardNo
    except TencentCloudSDKException as error:
        return error.get_code() if error.get_request_id() else error


run(call)
