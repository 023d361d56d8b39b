# The token as the account's page asks for it, and the line of the card page with this photo and token.
token=$(curl -s $CURL "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=$app_id&secret=$app_secret")
case $token in *errcode*) echo "$token" | field errcode; exit ;; esac
access_token=$(echo "$token" | field access_token)
curl -s $CURL -F "img=@$photo" "https://api.weixin.qq.com/cv/ocr/bankcard?access_token=$access_token" | field errcode:0 number
