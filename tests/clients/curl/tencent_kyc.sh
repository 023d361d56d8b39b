# Token, ticket and recognition as the pages print them; openssl makes the signature of five sorted values.
auth='https://kyc1.qcloud.com/api/oauth2'
token=$(curl -s $CURL "$auth/access_token?app_id=$app_id&secret=$secret&grant_type=client_credential&version=1.0.0")
case $token in *access_token*) ;; *) echo "$token" | field code; exit ;; esac
access_token=$(echo "$token" | field access_token)
ticket=$(curl -s $CURL "$auth/api_ticket?app_id=$app_id&access_token=$access_token&type=SIGN&version=1.0.0" | field value)
nonce=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
order=order$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')
sign=$(printf '%s\n' "$app_id" "$order" 1.0.0 "$nonce" "$ticket$broken" | LC_ALL=C sort | tr -d '\n' | openssl sha1 -r | cut -c1-40)
printf '{"webankAppId":"%s","version":"1.0.0","nonce":"%s","sign":"%s","orderNo":"%s","bankcardStr":"%s"}' \
    "$app_id" "$nonce" "$sign" "$order" "$(base64 -w0 "$photo")" >"$scratch"
curl -s $CURL -X POST -H 'Content-Type: application/json' --data "@$scratch" \
    "https://kyc1.qcloud.com/api/paas/bankcardocrapp?orderNo=$order" | field code:0 bankcardNo
