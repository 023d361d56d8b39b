//go:build cgo

package cardwire

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"unicode/utf8"
)

// An Image is a card photo: bytes, a file, a reader, or an address that the vendor downloads from. Printed, it shows
// nothing of it. An Image without any of these is refused.
type Image struct {
	source func() imageSource
}

// imageSource is behind a function: see kept.
type imageSource struct {
	operation, name string
	photo           []byte
	reader          io.Reader
}

// ImageBytes makes an image of a photo in memory: JPEG, PNG, BMP or WebP, as a camera or a scanner wrote it. The bytes
// are copied when the call begins.
func ImageBytes(photo []byte) Image {
	if photo == nil {
		photo = []byte{}
	}
	return Image{behind(imageSource{operation: "recognize", photo: photo})}
}

// ImageFile makes an image of a photo in a file, which the library reads when the call begins. A data: address is
// decoded, and a file: address is the path in it.
func ImageFile(path string) Image {
	return Image{behind(imageSource{operation: "recognize_file", name: path})}
}

// ImageReader makes an image of a photo that a reader gives. It is read to its end by the call that uses it, before
// that call's own time begins, and no further than a photo may be long; it is not closed. Such an image serves one call.
func ImageReader(reader io.Reader) Image {
	return Image{behind(imageSource{operation: "recognize", reader: reader})}
}

// ImageURL makes an image of a photo at an http or https address that the vendor can reach, or in a data: address,
// which is decoded here. The library never downloads it.
func ImageURL(address string) Image {
	return Image{behind(imageSource{operation: "recognize_url", name: address})}
}

// String shows neither the photo nor where it is.
func (i Image) String() string {
	if i.source == nil {
		return "Image{none}"
	}
	if photo := i.source().photo; photo != nil {
		return fmt.Sprintf("Image{%d bytes}", len(photo))
	}
	return "Image{" + hidden + "}"
}

// Format writes String for every verb.
func (i Image) Format(to fmt.State, _ rune) { fmt.Fprint(to, i.String()) }

// request returns the library's request; it reads a reader.
func (i Image) request(ctx context.Context) (request, *Error) {
	if i.source == nil {
		return request{}, refused("image", "a photo", "none")
	}
	source := i.source()
	asked := newRequest(source.operation)
	switch {
	case source.reader != nil:
		photo, err := readPhoto(ctx, source.reader)
		asked.photo = photo
		return asked, err
	case source.photo != nil:
		asked.photo = source.photo
	case source.operation == "recognize_file":
		asked.arguments["image"] = fileName(source.name)
	case source.operation == "recognize_url":
		asked.arguments["image"] = source.name
	default:
		return request{}, refused("image", "a reader", "none")
	}
	return asked, nil
}

// fileName returns a path for a document, which holds UTF-8 only: the bytes of any other stand in an address.
func fileName(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// readPhoto reads no more than a photo may have bytes, for as long as the context lasts.
func readPhoto(ctx context.Context, reader io.Reader) ([]byte, *Error) {
	limit := contract().Limits.ImageBytes
	if failure := given(ctx); failure != nil {
		return nil, failure
	}
	bounded := &contextReader{Context: ctx, reader: reader}
	photo, err := io.ReadAll(io.LimitReader(bounded, int64(limit)+1))
	switch {
	case bounded.ended != nil && err == error(bounded.ended):
		return nil, bounded.ended
	case err != nil:
		// The message of an error of the program's own may hold anything.
		return nil, refused("image", "a photo in the reader", fmt.Sprintf("an error of type %T", err), err)
	case len(photo) == 0:
		return nil, refused("image", "a reader with a photo", "one at its end")
	case len(photo) > limit:
		return nil, refused("image", fmt.Sprintf("at most %d bytes", limit), "more in the reader")
	}
	return photo, nil
}

// contextReader is a reader that is at its end when its context is.
type contextReader struct {
	context.Context
	reader io.Reader
	// ended is the error that it gave then.
	ended *Error
}

func (r *contextReader) Read(into []byte) (int, error) {
	if r.Err() != nil {
		r.ended = ended(r.Context, "the context ended while the photo was read")
		return 0, r.ended
	}
	return r.reader.Read(into)
}
