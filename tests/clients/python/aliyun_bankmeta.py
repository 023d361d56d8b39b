"""Alibaba Cloud's SDK for Python, information verification."""
from alibabacloud_cloudauth20190307.client import Client
from alibabacloud_cloudauth20190307.models import BankMetaVerifyRequest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from calls import run


def call(case, setting):
    client = Client(Config(
        access_key_id=case["access_key_id"], access_key_secret=case["access_key_secret"],
        endpoint="cloudauth.aliyuncs.com", https_proxy=f"http://{setting['all']}", ca=setting["ca"],
    ))
    request = BankMetaVerifyRequest(
        param_type="normal", verify_mode="VERIFY_BANK_CARD", product_type="BANK_CARD_3_META",
        bank_card=case["card"], user_name=case["person"], identify_num=case["id"],
    )
    try:
        body = client.bank_meta_verify(request).body
    except AlibabaCloudException as error:
        return error.code
    return body.result_object.sub_code if body.result_object else body.code


run(call)
