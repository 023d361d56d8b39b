//go:build cgo

package cardwire

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// documentOf returns the document that every language has of a value, of its exported fields: null stands for an empty
// text, a time that is zero, and a number that is 0 where the field's tag says omitempty.
func documentOf(value any) map[string]any {
	document := make(map[string]any)
	addFields(document, reflect.ValueOf(value))
	return document
}

// addFields adds the fields of a struct, those of its facts among them.
func addFields(document map[string]any, fields reflect.Value) {
	for i := 0; i < fields.NumField(); i++ {
		described := fields.Type().Field(i)
		name, option, _ := strings.Cut(described.Tag.Get("json"), ",")
		switch {
		case described.Anonymous:
			addFields(document, fields.Field(i))
		case described.IsExported() && name != "-":
			document[name] = inDocument(fields.Field(i), option == "omitempty")
		}
	}
}

// inDocument returns what stands for a field.
func inDocument(field reflect.Value, zeroIsNone bool) any {
	switch value := field.Interface().(type) {
	case Kind:
		return value.String()
	case time.Duration:
		return value.Milliseconds()
	case time.Time:
		if value.IsZero() {
			return nil
		}
		return value.UnixMilli()
	case []byte:
		return value
	}
	switch field.Kind() {
	case reflect.Pointer:
		if field.IsNil() {
			return nil
		}
		return inDocument(field.Elem(), false)
	case reflect.Slice:
		list := make([]any, field.Len())
		for i := range list {
			list[i] = inDocument(field.Index(i), false)
		}
		return list
	case reflect.Struct:
		return documentOf(field.Interface())
	case reflect.String:
		zeroIsNone = true
	}
	if zeroIsNone && field.IsZero() {
		return nil
	}
	return field.Interface()
}

// withoutPersonalData writes the document of a result with the masked number alone of its personal data.
func withoutPersonalData(value any, kept personal) ([]byte, error) {
	document := documentOf(value)
	data, _ := kept.parts()
	if number := reflect.ValueOf(data).FieldByName("CardNumber"); number.IsValid() {
		document["masked_card_number"] = inDocument(reflect.ValueOf(MaskCardNumber(number.String())), true)
	}
	return json.Marshal(document)
}

// wholeDocument returns the library's document of a result; of one that the library did not give, it is written of the
// fields and the personal data.
func wholeDocument(value any, kept personal) []byte {
	if document := kept.whole(); document != nil {
		return append([]byte(nil), document...)
	}
	document := documentOf(value)
	data, raw := kept.parts()
	addFields(document, reflect.ValueOf(data))
	document["raw"] = string(raw)
	if json.Valid(raw) {
		document["raw"] = json.RawMessage(raw)
	}
	written, err := json.Marshal(document)
	if err != nil {
		panic("cardwire: a result cannot be written: " + err.Error())
	}
	return written
}
