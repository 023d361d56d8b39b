package main

import (
	"encoding/base64"
	"errors"
	"os"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	fault "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// bankCardVerificationRequest is what the SDK's module for faceid has of it.
type bankCardVerificationRequest struct {
	*tchttp.BaseRequest
	IdCard   *string `json:"IdCard,omitnil,omitempty" name:"IdCard"`
	Name     *string `json:"Name,omitnil,omitempty" name:"Name"`
	BankCard *string `json:"BankCard,omitnil,omitempty" name:"BankCard"`
}

type bankCardVerificationResponse struct {
	*tchttp.BaseResponse
	Response struct{ Result string }
}

// bankCardOCRRequest is what the SDK's module for ocr has of it.
type bankCardOCRRequest struct {
	*tchttp.BaseRequest
	ImageBase64       *string `json:"ImageBase64,omitnil,omitempty" name:"ImageBase64"`
	ImageUrl          *string `json:"ImageUrl,omitnil,omitempty" name:"ImageUrl"`
	EnableBorderCheck *bool   `json:"EnableBorderCheck,omitnil,omitempty" name:"EnableBorderCheck"`
}

type bankCardOCRResponse struct {
	*tchttp.BaseResponse
	Response struct{ CardNo string }
}

// tencent calls BankCardVerification by the common part of Tencent Cloud's SDK for Go.
func tencent(signature string) func(one Case) (string, error) {
	return func(one Case) (string, error) {
		request := &bankCardVerificationRequest{&tchttp.BaseRequest{}, &one.ID, &one.Person, &one.Card}
		request.Init().WithApiInfo("faceid", "2018-03-01", "BankCardVerification")
		response := &bankCardVerificationResponse{BaseResponse: &tchttp.BaseResponse{}}
		code, err := send(one, signature, request, response)
		return code + response.Response.Result, err
	}
}

// bankCardOCR calls BankCardOCR in the same way, with a photo or with its address.
func bankCardOCR(photo bool) func(one Case) (string, error) {
	return func(one Case) (string, error) {
		check := true
		request := &bankCardOCRRequest{BaseRequest: &tchttp.BaseRequest{}, EnableBorderCheck: &check}
		request.Init().WithApiInfo("ocr", "2018-11-19", "BankCardOCR")
		if photo {
			bytes, err := os.ReadFile(one.Photo)
			if err != nil {
				return "", err
			}
			text := base64.StdEncoding.EncodeToString(bytes)
			request.ImageBase64 = &text
		} else {
			request.ImageUrl = &one.ImageURL
		}
		response := &bankCardOCRResponse{BaseResponse: &tchttp.BaseResponse{}}
		code, err := send(one, "TC3-HMAC-SHA256", request, response)
		return code + response.Response.CardNo, err
	}
}

// send gives the vendor's code where it refuses.
func send(one Case, signature string, request tchttp.Request, response tchttp.Response) (string, error) {
	setting := profile.NewClientProfile()
	setting.SignMethod = signature
	client := common.NewCommonClient(common.NewCredential(one.SecretID, one.SecretKey), "", setting)
	err := client.Send(request, response)
	var refused *fault.TencentCloudSDKError
	if errors.As(err, &refused) {
		return refused.Code, nil
	}
	return "", err
}
