//go:build !cgo

package cardwire

// The package calls a C library: build it with CGO_ENABLED=1, a C compiler and pkg-config.
var _ = build_cardwire_with_CGO_ENABLED_1_and_a_C_compiler
