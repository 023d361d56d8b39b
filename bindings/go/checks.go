package cardwire

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"strings"
	"unsafe"
)

// A CardNumberCheck is what the digits of a card number say.
type CardNumberCheck struct {
	// WellFormed says whether it is 12 to 19 digits, blanks and dashes between them aside.
	WellFormed bool `json:"well_formed"`
	// Luhn says whether the last digit is the Luhn check digit. Some issued cards fail this, so no call refuses a card
	// for it.
	Luhn bool `json:"luhn"`
}

// An IDNumberCheck is what the characters of a resident identity number say.
type IDNumberCheck struct {
	// WellFormed says whether it is 17 digits and a digit or X, or the 15 digits of before 1999.
	WellFormed bool `json:"well_formed"`
	// Checksum says whether the last character is the check character.
	Checksum bool `json:"checksum"`
	// BirthDate says whether the birth date in it is a date from 1900 to 2099.
	BirthDate bool `json:"birth_date"`
}

// An ImageCheck is what was found about a photo, and which vendors take it.
type ImageCheck struct {
	// Format is the format, by the first bytes.
	Format ImageFormat `json:"format"`
	// Width and Height are the sides in pixels, as the header states them; 0 where it does not.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Bytes is the size in bytes.
	Bytes int `json:"bytes"`
	// Look is what a look at the photo showed; empty where its header alone was read.
	Look PhotoLook `json:"look"`
	// Vendors are those that read card photos.
	Vendors []VendorCheck `json:"vendors"`
}

// A VendorCheck is the judgement of one vendor about a photo.
type VendorCheck struct {
	// Vendor is the vendor.
	Vendor Vendor `json:"vendor"`
	// Accepted says whether it takes the photo as it is; a call makes it fit where it can.
	Accepted bool `json:"accepted"`
	// Problem is what it refuses.
	Problem string `json:"problem"`
}

// Accepts reports whether a vendor takes the photo as it is; false also for a vendor that reads no photos.
func (c *ImageCheck) Accepts(vendor Vendor) bool {
	for _, check := range c.Vendors {
		if check.Vendor == vendor {
			return check.Accepted
		}
	}
	return false
}

// CheckCardNumber checks the form of a card number on this machine. The error is that of a text that is not UTF-8.
func CheckCardNumber(cardNumber string) (CardNumberCheck, error) {
	number, numberLen := text(cardNumber)
	var wellFormed, luhn C.int32_t
	var failure *C.cardwire_error
	if C.cardwire_check_card_number(number, numberLen, &wellFormed, &luhn, &failure) != C.CARDWIRE_OK {
		return CardNumberCheck{}, takeError(failure)
	}
	return CardNumberCheck{wellFormed == 1, luhn == 1}, nil
}

// CheckIDNumber checks the form of a resident identity number (GB 11643-1999) on this machine. The error is that of a
// text that is not UTF-8.
func CheckIDNumber(idNumber string) (IDNumberCheck, error) {
	number, numberLen := text(idNumber)
	var wellFormed, checksum, birthDate C.int32_t
	var failure *C.cardwire_error
	status := C.cardwire_check_id_number(number, numberLen, &wellFormed, &checksum, &birthDate, &failure)
	if status != C.CARDWIRE_OK {
		return IDNumberCheck{}, takeError(failure)
	}
	return IDNumberCheck{wellFormed == 1, checksum == 1, birthDate == 1}, nil
}

// CheckImage checks a photo against each vendor's limits on this machine. Only its header is read.
func CheckImage(photo []byte) (*ImageCheck, error) {
	var check *C.cardwire_image_check
	var failure *C.cardwire_error
	image, imageLen := octets(photo)
	if C.cardwire_check_image(image, imageLen, &check, &failure) != C.CARDWIRE_OK {
		return nil, takeError(failure)
	}
	return readCheck(check)
}

// LookAtImage checks a photo as [CheckImage] does, and looks at it: whether its number can be read, and if not, whether
// it shows no card, is not sharp or is cut. The photo is decoded and read on this machine, in some tenths of a second.
func LookAtImage(photo []byte) (*ImageCheck, error) {
	var check *C.cardwire_image_check
	var failure *C.cardwire_error
	image, imageLen := octets(photo)
	if C.cardwire_look_at_image(image, imageLen, &check, &failure) != C.CARDWIRE_OK {
		return nil, takeError(failure)
	}
	return readCheck(check)
}

// readCheck reads the findings and frees them.
func readCheck(check *C.cardwire_image_check) (*ImageCheck, error) {
	defer C.cardwire_image_check_free(check)
	document := copied(unsafe.Pointer(C.cardwire_image_check_json(check)), C.cardwire_image_check_json_len(check))
	read := new(ImageCheck)
	if err := json.Unmarshal(document, read); err != nil {
		return nil, newError(ErrInternal, "", "the findings cannot be read", err)
	}
	return read, nil
}

// MaskCardNumber returns a card number as it may be shown and logged: all but its first six and last four digits are
// replaced by *; of a text that is not 12 to 19 digits alone, every byte is.
func MaskCardNumber(cardNumber string) string {
	masked := []byte(cardNumber)
	number, numberLen := octets(masked)
	if C.cardwire_mask_card_number(chars(number), numberLen, nil) != C.CARDWIRE_OK {
		return strings.Repeat("*", len(cardNumber))
	}
	return string(masked)
}
