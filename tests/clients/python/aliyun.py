"""aliyun-api-gateway-python: the signature of AppKey and AppSecret."""
from aliyun_api_gateway import ApiGatewayClient, ApiGatewayRequest
from calls import run


def call(case, setting):
    client = ApiGatewayClient(setting["plain"]["aliyun_yhkr"], case["app_key"], case["app_secret"])
    form = {"acct_no": case["card"], "idcard": case["id"], "name": case["person"]}
    answer = client.send(ApiGatewayRequest("POST", "/communication/personal/1886", form=form))
    if answer.status != 200:
        return answer.get_header("X-Ca-Error-Code")
    return answer.json()["data"]["state"]


run(call)
