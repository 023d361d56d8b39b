# The market page's request.
curl -i -s -X POST $CURL 'http://yhkr.market.alicloudapi.com/communication/personal/1886' \
    -H "Authorization:APPCODE $app_code" --data "acct_no=$card" --data "idcard=$id" --data-urlencode "name=$person" |
    field code:10000 state
