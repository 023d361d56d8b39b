# The market page's request, the photo as a data: address.
printf 'data:image/jpeg;base64,%s' "$(base64 -w0 "$photo")" >"$scratch"
curl -i -s -k --include -X POST $CURL 'https://bankocr.market.alicloudapi.com/cardbank' \
    -H "Authorization:APPCODE $app_code" --data-urlencode "img@$scratch" | field code:1 bank_card_number
