"""aliyun-api-gateway-sign-py3, made from the vendor's sample: the signature with names in title case."""
import json

from aliyun_api_gateway_sign_py3.com.aliyun.api.gateway.sdk import client
from aliyun_api_gateway_sign_py3.com.aliyun.api.gateway.sdk.common import constant
from aliyun_api_gateway_sign_py3.com.aliyun.api.gateway.sdk.http import request
from calls import run


def call(case, _setting):
    host, path = "http://yhkr.market.alicloudapi.com", "/communication/personal/1886"
    asked = request.Request(host=host, protocol=constant.HTTP, url=path, method="POST", time_out=30000)
    asked.set_content_type(constant.CONTENT_TYPE_FORM)
    asked.set_body({"acct_no": case["card"], "idcard": case["id"], "name": case["person"]})
    status, headers, body = client.DefaultClient(case["app_key"], case["app_secret"]).execute(asked)
    if status != 200:
        return dict(headers)["X-Ca-Error-Code"]
    return json.loads(body)["data"]["state"]


run(call)
