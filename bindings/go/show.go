package cardwire

import (
	"fmt"
	"reflect"
	"strings"
)

// hidden stands for a personal text that is no card number.
const hidden = "***"

// shown returns every field of a record; of those that the library calls personal no more than may be shown.
func shown(record string, value any, kept personal) string {
	var text strings.Builder
	fields := reflect.ValueOf(value)
	fmt.Fprintf(&text, "%s{", fields.Type().Name())
	data, raw := kept.parts()
	show(&text, record, reflect.ValueOf(data))
	show(&text, record, fields)
	if record != "number_candidate" {
		fmt.Fprintf(&text, " Raw:%d bytes", raw)
	}
	text.WriteByte('}')
	return text.String()
}

// show writes the fields of a record, those of its facts among them.
func show(text *strings.Builder, record string, fields reflect.Value) {
	for i := 0; i < fields.NumField(); i++ {
		described, field := fields.Type().Field(i), fields.Field(i)
		if described.Anonymous {
			show(text, "call_facts", field)
			continue
		}
		if !described.IsExported() {
			continue
		}
		if !strings.HasSuffix(text.String(), "{") {
			text.WriteByte(' ')
		}
		fmt.Fprintf(text, "%s:%s", described.Name, showField(record, jsonName(described), field))
	}
}

func showField(record, name string, field reflect.Value) string {
	for field.Kind() == reflect.Pointer {
		if field.IsNil() {
			return "none"
		}
		field = field.Elem()
	}
	switch {
	case field.Type() == reflect.TypeOf([]byte(nil)):
		return fmt.Sprintf("%d bytes", field.Len())
	case field.Kind() == reflect.String && field.Len() > 0 && isPersonal(record, name):
		if name == "card_number" {
			return MaskCardNumber(field.String())
		}
		return hidden
	case field.Kind() == reflect.String:
		return fmt.Sprintf("%q", field.String())
	}
	return fmt.Sprintf("%+v", field.Interface())
}

// jsonName returns the name of a field in the library's documents.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}
