package main

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
)

// upload sends a photo as Go's own library makes a form.
func upload(one Case) (string, error) {
	query := url.Values{"grant_type": {"client_credential"}, "appid": {one.AppID}, "secret": {one.AppSecret}}
	var answer struct {
		Code   int    `json:"errcode"`
		Token  string `json:"access_token"`
		Number string `json:"number"`
	}
	token, err := http.Get("https://api.weixin.qq.com/cgi-bin/token?" + query.Encode())
	if err != nil {
		return "", err
	}
	defer token.Body.Close()
	if err := json.NewDecoder(token.Body).Decode(&answer); err != nil || answer.Code != 0 {
		return strconv.Itoa(answer.Code), err
	}
	photo, err := os.ReadFile(one.Photo)
	if err != nil {
		return "", err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("img", "card.jpg")
	if err != nil {
		return "", err
	}
	part.Write(photo)
	form.Close()
	target := "https://api.weixin.qq.com/cv/ocr/bankcard?access_token=" + url.QueryEscape(answer.Token)
	read, err := http.Post(target, form.FormDataContentType(), &body)
	if err != nil {
		return "", err
	}
	defer read.Body.Close()
	if err := json.NewDecoder(read.Body).Decode(&answer); err != nil || answer.Code != 0 {
		return strconv.Itoa(answer.Code), err
	}
	return answer.Number, nil
}
