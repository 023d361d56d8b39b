package main

import (
	"errors"
	"regexp"
	"strconv"

	"github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/util"
)

// silenceper/wechat: reads a card by the address of its photo.
func silenceper(one Case) (string, error) {
	account := wechat.NewWechat().GetOfficialAccount(&config.Config{
		AppID: one.AppID, AppSecret: one.AppSecret, Cache: cache.NewMemory(),
	})
	card, err := account.GetOCR().BankCard(one.ImageURL)
	if err != nil {
		return code(err)
	}
	return card.Number, nil
}

func code(err error) (string, error) {
	var refused *util.CommonError
	if errors.As(err, &refused) {
		return strconv.FormatInt(refused.ErrCode, 10), nil
	}
	// Of a token it tells the code in the text alone.
	if found := regexp.MustCompile(`errcode=(-?\d+)`).FindStringSubmatch(err.Error()); found != nil {
		return found[1], nil
	}
	return "", err
}
