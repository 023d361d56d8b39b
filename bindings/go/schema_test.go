package cardwire

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fieldDescription describes a field of a record.
type fieldDescription struct {
	Name     string
	Shape    string
	Of       json.RawMessage
	Optional bool
	Personal bool
}

// records returns the library's description of each record.
var records = sync.OnceValue(func() map[string][]fieldDescription {
	var contract struct {
		Records map[string][]fieldDescription
	}
	if err := json.Unmarshal([]byte(contractText()), &contract); err != nil {
		panic(err)
	}
	return contract.Records
})

// recordTypes are the types of the records that the library describes.
var recordTypes = map[string]reflect.Type{
	"recognition":        reflect.TypeOf(Recognition{}),
	"verification":       reflect.TypeOf(Verification{}),
	"card_lookup":        reflect.TypeOf(CardLookup{}),
	"order":              reflect.TypeOf(Order{}),
	"call_facts":         reflect.TypeOf(Facts{}),
	"image_fitted":       reflect.TypeOf(ImageFitted{}),
	"attempt":            reflect.TypeOf(Attempt{}),
	"error":              reflect.TypeOf(Error{}),
	"cause":              reflect.TypeOf(NetworkCause{}),
	"valid_thru":         reflect.TypeOf(ValidThru{}),
	"warning":            reflect.TypeOf(Warning{}),
	"point":              reflect.TypeOf(Point{}),
	"number_candidate":   reflect.TypeOf(NumberCandidate{}),
	"issuer":             reflect.TypeOf(Issuer{}),
	"order_record":       reflect.TypeOf(OrderRecord{}),
	"image_check":        reflect.TypeOf(ImageCheck{}),
	"vendor_check":       reflect.TypeOf(VendorCheck{}),
	"card_number_check":  reflect.TypeOf(CardNumberCheck{}),
	"id_number_check":    reflect.TypeOf(IDNumberCheck{}),
	"account_health":     reflect.TypeOf(AccountHealth{}),
	"account_block":      reflect.TypeOf(AccountBlock{}),
	"call_started":       reflect.TypeOf(CallStarted{}),
	"call_ended":         reflect.TypeOf(CallEnded{}),
	"attempt_started":    reflect.TypeOf(AttemptStarted{}),
	"attempt_ended":      reflect.TypeOf(AttemptEnded{}),
	"request_refused":    reflect.TypeOf(RequestRefused{}),
	"rate_permit_waited": reflect.TypeOf(RatePermitWaited{}),
	"quota_unit_taken":   reflect.TypeOf(QuotaUnitTaken{}),
	"breaker_changed":    reflect.TypeOf(BreakerChanged{}),
	"order_written":      reflect.TypeOf(OrderWritten{}),
	"token_refreshed":    reflect.TypeOf(TokenRefreshed{}),
}

// toldOtherwise is what an error has in another form: its line and the number of its kind.
var toldOtherwise = map[string]bool{"error.text": true, "error.number": true}

// isOfEveryEvent reports whether a field is the type of an event, or its line, which it has as its String.
func isOfEveryEvent(record, field string) bool {
	_, isEvent := eventReaders[record]
	return isEvent && (field == "event" || field == "text")
}

// zeroIsNone are numbers of which 0 is never a value.
var zeroIsNone = map[string]bool{
	"error.http_status": true, "error.os_error": true, "cause.os_error": true, "order_record.http_status": true,
	"valid_thru.year": true, "valid_thru.month": true, "order_record.reconciled_ms": true,
	"call_ended.http_status": true, "attempt_ended.http_status": true, "attempt_started.server_port": true,
	"account_health.breaker_until_ms": true, "account_health.token_since_ms": true,
	"account_health.token_until_ms": true,
}

// texts are texts here, although the library has a closed list for them.
var texts = map[string]bool{
	"cause.step": true, "order_written.state": true, "order_record.outcome": true, "request_refused.reason": true,
}

// personalTypes are those of the personal data of records, each of which is a method of the record's type.
var personalTypes = map[string]reflect.Type{
	"recognition":      reflect.TypeOf(recognitionData{}),
	"verification":     reflect.TypeOf(describedData{}),
	"card_lookup":      reflect.TypeOf(describedData{}),
	"order":            reflect.TypeOf(orderData{}),
	"number_candidate": reflect.TypeOf(candidateData{}),
}

// described returns what the library says of a field.
func described(record string, field fieldDescription) string {
	full := record + "." + field.Name
	var form string
	switch field.Shape {
	case "photo", "answer":
		form = "bytes"
	case "object", "list":
		var of string
		_ = json.Unmarshal(field.Of, &of)
		form = field.Shape + " of " + of
	case "name":
		if texts[full] {
			return "text"
		}
		var names []string
		_ = json.Unmarshal(field.Of, &names)
		return "one of " + fmt.Sprint(names)
	case "text":
		return "text"
	default:
		form = field.Shape
	}
	if field.Optional && (form == "number" || form == "fraction") && !zeroIsNone[full] {
		return form + " or nil"
	}
	if field.Shape == "object" {
		return form + map[bool]string{true: " or nil"}[field.Optional]
	}
	return form
}

// found returns what the type of a field here says.
func found(t *testing.T, names map[string][]string, of reflect.Type) string {
	t.Helper()
	orNil := ""
	if of.Kind() == reflect.Pointer {
		of, orNil = of.Elem(), " or nil"
	}
	switch {
	case of == reflect.TypeOf(time.Duration(0)), of == reflect.TypeOf(time.Time{}):
		return "number" + orNil
	case of == reflect.TypeOf([]byte(nil)):
		return "bytes"
	case of == reflect.TypeOf(Kind(0)), of.Kind() == reflect.String && of.Name() != "string":
		return "one of " + fmt.Sprint(names[of.Name()])
	case of.Kind() == reflect.String:
		return "text"
	case of.Kind() == reflect.Bool:
		return "flag"
	case of.Kind() == reflect.Int, of.Kind() == reflect.Uint64:
		return "number" + orNil
	case of.Kind() == reflect.Float64:
		return "fraction" + orNil
	case of.Kind() == reflect.Slice:
		return "list of " + recordName(of.Elem())
	case of.Kind() == reflect.Struct:
		return "object of " + recordName(of) + orNil
	}
	return of.String()
}

func recordName(of reflect.Type) string {
	for name, known := range recordTypes {
		if known == of {
			return name
		}
	}
	return of.String()
}

// fieldsOf returns the fields of a type by their names in the library's documents, those of the facts among them.
func fieldsOf(t *testing.T, names map[string][]string, of reflect.Type) map[string]string {
	t.Helper()
	fields := make(map[string]string)
	for i := 0; i < of.NumField(); i++ {
		field := of.Field(i)
		if field.Anonymous {
			for name, form := range fieldsOf(t, names, field.Type) {
				fields[name] = form
			}
		} else if field.IsExported() {
			name := jsonName(field)
			if field.Name == "Candidates" {
				name = "candidates"
			}
			fields[name] = found(t, names, field.Type)
		}
	}
	return fields
}

// methodsOf returns the personal data for which a type has methods, by their names in the library's documents.
func methodsOf(t *testing.T, names map[string][]string, of, data reflect.Type) map[string]string {
	t.Helper()
	methods := make(map[string]string)
	if data == nil {
		return methods
	}
	for i := 0; i < data.NumField(); i++ {
		field := data.Field(i)
		if method, ok := of.MethodByName(field.Name); ok && method.Type.Out(0) == field.Type {
			methods[jsonName(field)] = found(t, names, field.Type)
		}
	}
	if method, ok := of.MethodByName("Raw"); ok {
		methods["raw"] = found(t, names, method.Type.Out(0))
	}
	return methods
}

func TestEveryRecordIsATypeWithItsFields(t *testing.T) {
	names := constants(t)
	for _, kind := range contract().Kinds {
		names["Kind"] = append(names["Kind"], kind.Kind)
	}
	var problems []string
	for record, fields := range records() {
		of, ok := recordTypes[record]
		if !ok {
			problems = append(problems, record+" is no type here")
			continue
		}
		ours := fieldsOf(t, names, of)
		data := methodsOf(t, names, of, personalTypes[record])
		for _, field := range fields {
			full := record + "." + field.Name
			if toldOtherwise[full] || isOfEveryEvent(record, field.Name) {
				continue
			}
			if field.Personal {
				if form := data[field.Name]; form != described(record, field) {
					problems = append(problems, fmt.Sprintf("%s: expected a method of %s, found %q", full, field.Shape, form))
				}
				delete(data, field.Name)
				continue
			}
			expected, found := described(record, field), ours[field.Name]
			delete(ours, field.Name)
			// An attempt that did not fail has the kind 0, which the library calls ok.
			if field.Name == "outcome" && strings.HasPrefix(expected, "one of ["+noFailure+" ") {
				expected = strings.Replace(expected, noFailure+" ", "", 1)
			}
			if found != expected {
				problems = append(problems, fmt.Sprintf("%s: expected %s, found %q", full, expected, found))
			}
		}
		for _, others := range []map[string]string{ours, data} {
			for name := range others {
				problems = append(problems, record+"."+name+" is no field of the library")
			}
		}
	}
	for record := range recordTypes {
		if _, ok := records()[record]; !ok {
			problems = append(problems, record+" is no record of the library")
		}
	}
	sort.Strings(problems)
	if len(problems) > 0 {
		t.Fatal(strings.Join(problems, "\n"))
	}
}

// constants returns the values of the constants of each type of texts, in the order of the source.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	fatal(t, err)
	values := make(map[string][]string)
	for _, declared := range file.Decls {
		group, ok := declared.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			constant := spec.(*ast.ValueSpec)
			text, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
			fatal(t, err)
			of := constant.Type.(*ast.Ident).Name
			values[of] = append(values[of], text)
		}
	}
	return values
}

func TestEveryListOfNamesIsTheLibrarys(t *testing.T) {
	var lists map[string]json.RawMessage
	fatal(t, json.Unmarshal([]byte(contractText()), &lists))
	ours := constants(t)
	for list, of := range map[string]string{
		"ask_reasons": "AskReason", "billed": "Billed", "card_kinds": "CardKind", "image_formats": "ImageFormat",
		"photo_looks": "PhotoLook", "issuer_sources": "IssuerSource", "lookup_reasons": "LookupReason",
		"operations": "Operation", "order_statuses": "OrderStatus", "outcomes": "Outcome", "reasons": "Reason",
		"sent": "Sent", "warning_kinds": "WarningKind", "levels": "Level", "breaker_states": "BreakerState",
		"block_scopes": "BlockScope",
	} {
		var theirs []string
		fatal(t, json.Unmarshal(lists[list], &theirs))
		equal(t, ours[of], theirs)
		delete(ours, of)
	}
	var vendors []struct{ Vendor string }
	fatal(t, json.Unmarshal(lists["vendors"], &vendors))
	var names []string
	for _, vendor := range vendors {
		names = append(names, vendor.Vendor)
	}
	equal(t, ours["Vendor"], names)
	delete(ours, "Vendor")
	equal(t, len(ours), 0)
}

func TestEveryKindIsTheLibrarys(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, 0)
	fatal(t, err)
	ours := make(map[string]bool)
	ast.Inspect(file, func(node ast.Node) bool {
		if constant, ok := node.(*ast.ValueSpec); ok {
			if selected, ok := constant.Values[0].(*ast.SelectorExpr); ok {
				ours[strings.ToLower(strings.TrimPrefix(selected.Sel.Name, "CARDWIRE_"))] = true
			}
		}
		return true
	})
	for _, known := range contract().Kinds {
		if !ours[known.Kind] {
			t.Errorf("%s is no constant", known.Kind)
		}
		kind := Kind(known.Number)
		equal(t, kind.String(), known.Kind)
		equal(t, kind.Error(), known.Kind)
		equal(t, kind.Advice(), known.Advice)
		var again Kind
		fatal(t, again.UnmarshalText([]byte(known.Kind)))
		equal(t, again, kind)
		delete(ours, known.Kind)
	}
	equal(t, len(ours), 0)
	equal(t, Kind(0).String(), "ok")
	equal(t, Kind(7777).String(), "kind 7777")
	var unknown Kind
	equal(t, unknown.UnmarshalText([]byte("none_such")) != nil, true)
}

// sample returns a document in which each text is the name of its field.
func sample(record string) map[string]any {
	fields := make(map[string]any)
	for _, field := range records()[record] {
		var of string
		_ = json.Unmarshal(field.Of, &of)
		switch field.Shape {
		case "text":
			fields[field.Name] = "<" + field.Name + ">"
		case "number", "fraction":
			fields[field.Name] = 1
		case "flag":
			fields[field.Name] = true
		case "name":
			var names []string
			_ = json.Unmarshal(field.Of, &names)
			fields[field.Name] = names[0]
		case "photo":
			fields[field.Name] = "/9j/"
		case "list":
			fields[field.Name] = []any{}
		case "object":
			fields[field.Name] = sample(of)
		}
	}
	return fields
}

func TestAResultShowsWhatIsNotPersonal(t *testing.T) {
	for record, into := range map[string]result{
		"recognition": new(Recognition), "verification": new(Verification), "card_lookup": new(CardLookup),
		"order": new(Order),
	} {
		fatal(t, into.answered([]byte(document(t, sample(record))), []byte("abc"), nil))
		for _, shown := range shownForms(into) {
			for _, field := range records()[record] {
				visible := strings.Contains(shown, "<"+field.Name+">")
				if visible != (field.Shape == "text" && !field.Personal) {
					t.Errorf("%s.%s: %s", record, field.Name, shown)
				}
			}
			equal(t, strings.Contains(shown, "Raw:3 bytes"), true)
		}
	}
}

// jsonName returns the name of a field in the library's documents.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}
