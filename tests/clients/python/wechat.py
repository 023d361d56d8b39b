"""wechatpy: it has no method for cards, so its own `post` sends the photo as its `media` methods do."""
from calls import run
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatException


def call(case, _setting):
    client = WeChatClient(case["app_id"], case["app_secret"])
    try:
        with open(case["photo"], "rb") as photo:
            return client.post("https://api.weixin.qq.com/cv/ocr/bankcard", files={"img": photo})["number"]
    except WeChatException as error:
        return error.errcode


run(call)
