"""Tencent Cloud's SDK for Python. The arguments after the calls are the signature and the method."""
import sys

from calls import run
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.faceid.v20180301 import faceid_client, models


def call(case, setting):
    who = credential.Credential(case["secret_id"], case["secret_key"])
    # It reads neither proxy nor authority from the environment.
    signature, method = sys.argv[2:]
    http = HttpProfile(reqMethod=method, proxy=f"http://{setting['all']}", certification=setting["ca"])
    profile = ClientProfile(signMethod=signature, httpProfile=http)
    client = faceid_client.FaceidClient(who, "", profile)
    request = models.BankCardVerificationRequest()
    request.IdCard, request.Name, request.BankCard = case["id"], case["person"], case["card"]
    try:
        return client.BankCardVerification(request).Result
    except TencentCloudSDKException as error:
        return error.get_code() if error.get_request_id() else error


run(call)
