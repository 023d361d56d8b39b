//go:build cgo

package cardwire

import (
	"fmt"
	"reflect"
	"strings"
)

// hidden stands for a personal text that is no card number.
const hidden = "***"

// shown returns every field of a result, and of its personal data no more than may be shown.
func shown(value any, kept personal) string {
	var text strings.Builder
	fields := reflect.ValueOf(value)
	text.WriteString(fields.Type().Name() + "{")
	data, raw := kept.parts()
	show(&text, reflect.ValueOf(data), true)
	show(&text, fields, false)
	if _, ok := value.(interface{ Raw() []byte }); ok {
		fmt.Fprintf(&text, " Raw:%d bytes", len(raw))
	}
	text.WriteByte('}')
	return text.String()
}

// show writes the fields of a struct, those of its facts among them.
func show(text *strings.Builder, fields reflect.Value, isPersonal bool) {
	for i := 0; i < fields.NumField(); i++ {
		described, field := fields.Type().Field(i), fields.Field(i)
		if described.Anonymous {
			show(text, field, isPersonal)
			continue
		}
		if !described.IsExported() {
			continue
		}
		if !strings.HasSuffix(text.String(), "{") {
			text.WriteByte(' ')
		}
		text.WriteString(described.Name + ":")
		switch {
		case isPersonal:
			text.WriteString(shownInPart(described.Name, field))
		case field.Kind() == reflect.Pointer && field.IsNil():
			text.WriteString("none")
		case field.Kind() == reflect.String:
			fmt.Fprintf(text, "%q", field.String())
		default:
			fmt.Fprintf(text, "%+v", reflect.Indirect(field).Interface())
		}
	}
}

// shownInPart returns what may be shown of a personal text or photo.
func shownInPart(name string, field reflect.Value) string {
	switch {
	case field.Kind() == reflect.Slice:
		return fmt.Sprintf("%d bytes", field.Len())
	case field.Len() == 0:
		return "none"
	case name == "CardNumber":
		return MaskCardNumber(field.String())
	}
	return hidden
}
