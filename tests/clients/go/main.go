// Clients for Go: reads its calls, makes each, prints a line for each. The second argument names the client.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Case is one call.
type Case struct {
	Name            string `json:"name"`
	SecretID        string `json:"secret_id"`
	SecretKey       string `json:"secret_key"`
	AccessKeyID     string `json:"access_key_id"`
	AccessKeySecret string `json:"access_key_secret"`
	AppID           string `json:"app_id"`
	AppSecret       string `json:"app_secret"`
	Card            string `json:"card"`
	ID              string `json:"id"`
	Person          string `json:"person"`
	Photo           string `json:"photo"`
	ImageURL        string `json:"image_url"`
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var setting struct{ Cases []Case }
	if err := json.Unmarshal(text, &setting); err != nil {
		panic(err)
	}
	call := map[string]func(Case) (string, error){
		"TC3-HMAC-SHA256":     tencent("TC3-HMAC-SHA256"),
		"HmacSHA1":            tencent("HmacSHA1"),
		"HmacSHA256":          tencent("HmacSHA256"),
		"Tencent-OCR":         bankCardOCR(true),
		"Tencent-OCR-address": bankCardOCR(false),
		"Aliyun-OCR":          aliyunOCR(true),
		"Aliyun-OCR-address":  aliyunOCR(false),
		"BankMetaVerify":      bankMetaVerify,
		"silenceper":          silenceper,
		"upload":              upload,
	}[os.Args[2]]
	for _, one := range setting.Cases {
		outcome, err := call(one)
		if err != nil {
			outcome = err.Error()
		}
		fmt.Printf("outcome\t%s\t%s\n", one.Name, outcome)
	}
}
