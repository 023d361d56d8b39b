package cardwire

// #include <cardwire.h>
import "C"

import (
	"encoding/json"
	"sync"
)

// contractDocument has the library's own lists, which are the same in every language.
type contractDocument struct {
	Kinds []struct {
		Kind   string `json:"kind"`
		Number int    `json:"number"`
		Advice string `json:"advice"`
	} `json:"kinds"`
	Limits struct {
		ImageBytes int   `json:"image_bytes"`
		TimeoutMS  int64 `json:"timeout_ms"`
		AskMS      int64 `json:"ask_ms"`
	} `json:"limits"`
}

func contractText() string {
	return C.GoString(C.cardwire_contract())
}

var contract = sync.OnceValue(func() *contractDocument {
	document := new(contractDocument)
	if err := json.Unmarshal([]byte(contractText()), document); err != nil {
		panic("cardwire: the library's lists cannot be read: " + err.Error())
	}
	return document
})

// Version returns the version of the library that runs, such as 0.1.0.
func Version() string {
	return C.GoString(C.cardwire_version())
}
