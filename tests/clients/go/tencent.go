package main

import (
	"errors"

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

// Tencent Cloud's SDK for Go.
func tencent(signature string) func(one Case) (string, error) {
	return func(one Case) (string, error) {
		setting := profile.NewClientProfile()
		setting.SignMethod = signature
		who := common.NewCredential(one.SecretID, one.SecretKey)
		client := common.NewCommonClient(who, "", setting)
		request := &bankCardVerificationRequest{&tchttp.BaseRequest{}, &one.ID, &one.Person, &one.Card}
		request.Init().WithApiInfo("faceid", "2018-03-01", "BankCardVerification")
		response := &bankCardVerificationResponse{BaseResponse: &tchttp.BaseResponse{}}
		if err := client.Send(request, response); err != nil {
			var refused *fault.TencentCloudSDKError
			if errors.As(err, &refused) {
				return refused.Code, nil
			}
			return "", err
		}
		return response.Response.Result, nil
	}
}
