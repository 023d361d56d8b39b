//go:build cardwire_static

package cardwire

// #cgo pkg-config: cardwire-static
import "C"
