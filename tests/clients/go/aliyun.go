package main

import (
	"encoding/json"
	"errors"
	"os"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

// aliyun asks for an operation by the common part of Alibaba Cloud's SDK for Go, and gives the body of the answer.
func aliyun(one Case, endpoint, action, version string, request *openapi.OpenApiRequest, body any) (string, error) {
	client, err := openapi.NewClient(&openapi.Config{
		AccessKeyId:     dara.String(one.AccessKeyID),
		AccessKeySecret: dara.String(one.AccessKeySecret),
		Endpoint:        dara.String(endpoint),
	})
	if err != nil {
		return "", err
	}
	params := &openapi.Params{
		Action:      dara.String(action),
		Version:     dara.String(version),
		Protocol:    dara.String("HTTPS"),
		Pathname:    dara.String("/"),
		Method:      dara.String("POST"),
		AuthType:    dara.String("AK"),
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("json"),
	}
	answer, err := client.CallApi(params, request, &dara.RuntimeOptions{})
	if err != nil {
		var refused *tea.SDKError
		if errors.As(err, &refused) {
			return dara.StringValue(refused.Code), nil
		}
		return "", err
	}
	return "", dara.Convert(answer["body"], body)
}

func aliyunOCR(file bool) func(one Case) (string, error) {
	return func(one Case) (string, error) {
		request := &openapi.OpenApiRequest{Query: map[string]*string{"Url": dara.String(one.ImageURL)}}
		if file {
			photo, err := os.Open(one.Photo)
			if err != nil {
				return "", err
			}
			defer photo.Close()
			request = &openapi.OpenApiRequest{Stream: photo}
		}
		var body struct{ Data string }
		code, err := aliyun(one, "ocr-api.cn-hangzhou.aliyuncs.com", "RecognizeBankCard", "2021-07-07", request, &body)
		if err != nil || code != "" {
			return code, err
		}
		var card struct{ Data struct{ CardNumber string } }
		err = json.Unmarshal([]byte(body.Data), &card)
		return card.Data.CardNumber, err
	}
}

func bankMetaVerify(one Case) (string, error) {
	request := &openapi.OpenApiRequest{Query: map[string]*string{
		"ParamType":   dara.String("normal"),
		"VerifyMode":  dara.String("VERIFY_BANK_CARD"),
		"ProductType": dara.String("BANK_CARD_3_META"),
		"BankCard":    dara.String(one.Card),
		"UserName":    dara.String(one.Person),
		"IdentifyNum": dara.String(one.ID),
	}}
	var body struct {
		Code         string
		ResultObject *struct{ SubCode string }
	}
	code, err := aliyun(one, "cloudauth.aliyuncs.com", "BankMetaVerify", "2019-03-07", request, &body)
	if body.ResultObject != nil {
		return body.ResultObject.SubCode, err
	}
	return code + body.Code, err
}
