//go:build cgo

package cardwire

import "encoding/json"

// kept holds personal data behind a function. In a field of another struct that is not exported, fmt prints the fields of
// a value without asking its String or Format; into a function it does not see.
type kept[D any] func() *keptValues[D]

// keptValues are the personal data of a result, with the vendor's answer and the library's document, which have them too.
type keptValues[D any] struct {
	data          D
	raw, document []byte
}

// values returns what is kept; of a zero value that is nothing.
func (k kept[D]) values() *keptValues[D] {
	if k == nil {
		return new(keptValues[D])
	}
	return k()
}

// keep reads the personal data in a document; library is the document where the library wrote it.
func (k *kept[D]) keep(document, raw, library []byte) error {
	values := &keptValues[D]{raw: raw, document: library}
	*k = func() *keptValues[D] { return values }
	return json.Unmarshal(document, &values.data)
}

// personal are values that can be shown in part.
type personal interface {
	// parts returns the personal data, and the vendor's answer.
	parts() (any, []byte)
	// whole returns the library's document, or nil.
	whole() []byte
}

func (k *keptValues[D]) parts() (any, []byte) { return k.data, k.raw }

func (k *keptValues[D]) whole() []byte { return k.document }

// behind returns a function that gives a value.
func behind[T any](value T) func() T {
	return func() T { return value }
}

// inFront returns the value behind a function, or the zero value.
func inFront[T any](value func() T) T {
	if value == nil {
		var none T
		return none
	}
	return value()
}
