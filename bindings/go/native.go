package cardwire

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"unicode/utf8"
	"unsafe"
)

// nothing is the address of texts and bytes without any: the library refuses NULL.
var nothing [1]byte

// text returns the address and the length of a text, for as long as a function of the library runs.
func text(value string) (*C.char, C.size_t) {
	if value == "" {
		return (*C.char)(unsafe.Pointer(&nothing[0])), 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(value))), C.size_t(len(value))
}

// octets does the same of bytes.
func octets(value []byte) (*C.uint8_t, C.size_t) {
	if len(value) == 0 {
		return (*C.uint8_t)(unsafe.Pointer(&nothing[0])), 0
	}
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(value))), C.size_t(len(value))
}

// chars returns the address of bytes that are a text.
func chars(bytes *C.uint8_t) *C.char {
	return (*C.char)(unsafe.Pointer(bytes))
}

// copied returns a copy of bytes that the library lends.
func copied(bytes unsafe.Pointer, length C.size_t) []byte {
	if length == 0 {
		return []byte{}
	}
	return append([]byte(nil), unsafe.Slice((*byte)(bytes), int(length))...)
}

// A request is one of the library's operations with its arguments, by their names in the library's document.
type request struct {
	arguments map[string]any
	// photo has the bytes of a photo, where those are given.
	photo []byte
}

func newRequest(operation string) request {
	return request{arguments: map[string]any{"operation": operation}}
}

// document writes the request for the library, with options. A text that is not UTF-8 is refused by its name: JSON
// would hold other characters in its place.
func (r request) document(options map[string]any) ([]byte, *Error) {
	for _, texts := range []map[string]any{r.arguments, options} {
		for name, value := range texts {
			if text, ok := value.(string); ok && !utf8.ValidString(text) {
				return nil, refused(name, "UTF-8", "other bytes")
			}
		}
	}
	if len(options) > 0 {
		r.arguments["options"] = options
	}
	document, err := json.Marshal(r.arguments)
	if err != nil {
		return nil, newError(ErrInternal, "", "the request cannot be written", err)
	}
	return document, nil
}

// image returns the address and the length of the photo, or of none.
func (r request) image() (*C.uint8_t, C.size_t) {
	if r.photo == nil {
		return nil, 0
	}
	return octets(r.photo)
}
