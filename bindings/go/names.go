//go:build cgo

package cardwire

// A Vendor is named as in the configuration.
type Vendor string

const (
	// Tencent Cloud eKYC, bank-card OCR.
	VendorTencentKYC Vendor = "tencent_kyc"
	// WeChat, bank-card OCR.
	VendorWeChat Vendor = "wechat"
	// Aliyun Cloud Market, bank-card OCR.
	VendorAliyunBankOCR Vendor = "aliyun_bankocr"
	// Tencent Cloud FaceID, bank-card verification.
	VendorTencentFaceID Vendor = "tencent_faceid"
	// Aliyun Cloud Market, three-element bank-card verification.
	VendorAliyunYHKR Vendor = "aliyun_yhkr"
	// Alibaba Cloud OCR, bank-card OCR.
	VendorAliyunOCR Vendor = "aliyun_ocr"
	// Alibaba Cloud information verification, bank-card verification.
	VendorAliyunBankMeta Vendor = "aliyun_bankmeta"
	// Tencent Cloud OCR, bank-card recognition.
	VendorTencentOCR Vendor = "tencent_ocr"
	// Baidu AI Cloud OCR, bank-card recognition.
	VendorBaiduOCR Vendor = "baidu_ocr"
	// This machine, which reads card photos itself.
	VendorOffline Vendor = "offline"
)

// An Operation is what is asked of a vendor.
type Operation string

const (
	// Read a card photo.
	OperationRecognize Operation = "recognize"
	// Check whether card, name and ID number belong together.
	OperationVerify Operation = "verify"
	// Ask who issued a card number.
	OperationLookupCard Operation = "lookup_card"
	// Fetch what the vendor keeps under an order number.
	OperationFetchOrder Operation = "fetch_order"
)

// A Sent says whether a complete request reached the vendor.
type Sent string

const (
	// The last byte of the request never left: the vendor cannot have executed it.
	SentNo Sent = "no"
	// The last byte may have left and no whole answer came back.
	SentUnknown Sent = "unknown"
	// The vendor answered.
	SentYes Sent = "yes"
)

// A Billed says whether the vendor bills a call.
type Billed string

const (
	// Not billed: it was not executed, or the vendor's document says that this answer is free.
	BilledNo Billed = "no"
	// No document says, or no answer came back.
	BilledUnknown Billed = "unknown"
	// Billed, as the vendor's document says.
	BilledYes Billed = "yes"
)

// A Level is that of an event in a log.
type Level string

const (
	// A step of a call.
	LevelDebug Level = "debug"
	// The end of a call, or a change that needs nothing.
	LevelInfo Level = "info"
	// A failure that may pass, or that the caller can correct.
	LevelWarn Level = "warn"
	// A failure that somebody has to look at.
	LevelError Level = "error"
)

// A BreakerState is that of an account's circuit breaker.
type BreakerState string

const (
	// Requests go through.
	BreakerClosed BreakerState = "closed"
	// None does, since too many got no answer.
	BreakerOpen BreakerState = "open"
	// A few do, to try the vendor again.
	BreakerHalfOpen BreakerState = "half_open"
)

// A BlockScope is the extent of a block.
type BlockScope string

const (
	// The account.
	BlockAccount BlockScope = "account"
	// The account about this very cardholder or card.
	BlockParameters BlockScope = "parameters"
)

// A CardKind is a kind of bank card, by where its money comes from.
type CardKind string

const (
	// Pays from the holder's own balance.
	CardDebit CardKind = "debit"
	// Pays on credit.
	CardCredit CardKind = "credit"
	// A deposit account with a small overdraft (准贷记卡).
	CardQuasiCredit CardKind = "quasi_credit"
	// Pays from what was loaded onto it.
	CardPrepaid CardKind = "prepaid"
	// Not stated.
	CardUnknown CardKind = "unknown"
)

// An IssuerSource says where an issuer is known from.
type IssuerSource string

const (
	// The vendor named it.
	IssuerFromVendor IssuerSource = "vendor"
	// The number's first digits, by the table of prefixes.
	IssuerFromTable IssuerSource = "table"
)

// A WarningKind is a fault of a photo that could be read all the same, or of what was read.
type WarningKind string

const (
	// The card has expired.
	WarningExpired WarningKind = "expired"
	// The date is not a date.
	WarningDateInvalid WarningKind = "date_invalid"
	// The card's edge is not whole in the photo.
	WarningBorderIncomplete WarningKind = "border_incomplete"
	// Light reflects on the card.
	WarningGlare WarningKind = "glare"
	// A photo of a photocopy.
	WarningPhotocopy WarningKind = "photocopy"
	// A photo of a screen or print.
	WarningRecaptured WarningKind = "recaptured"
	// Not sharp.
	WarningBlurred WarningKind = "blurred"
	// The card number may be misread. Code check_digit: its check digit does not fit; few cards have none. Code
	// other_reading: the vendor offline, asked before, read another number.
	WarningNumberDoubtful WarningKind = "number_doubtful"
	// A code that no document explains.
	WarningOther WarningKind = "other"
)

// An Outcome is what a vendor says about a cardholder. Only [OutcomeMatch] says that card and holder belong together.
type Outcome string

const (
	// Card and holder belong together, as the vendor says.
	OutcomeMatch Outcome = "match"
	// They do not, as the vendor says.
	OutcomeMismatch Outcome = "mismatch"
	// The vendor cannot tell: the reason says why. It says nothing about whose card it is.
	OutcomeInconclusive Outcome = "inconclusive"
)

// A Reason says why a verification did not end in a match.
type Reason string

const (
	// Name, ID number or phone number is not the cardholder's.
	ReasonCardholderMismatch Reason = "cardholder_mismatch"
	// The name is not written as a name.
	ReasonNameInvalid Reason = "name_invalid"
	// The ID number is wrong.
	ReasonIDNumberInvalid Reason = "id_number_invalid"
	// The phone number is wrong.
	ReasonPhoneInvalid Reason = "phone_invalid"
	// There is no such card.
	ReasonCardNumberInvalid Reason = "card_number_invalid"
	// The card number is not written as one.
	ReasonCardNumberMalformed Reason = "card_number_malformed"
	// No bank issues cards with this number.
	ReasonNoIssuer Reason = "no_issuer"
	// Never activated, or asleep.
	ReasonCardInactive Reason = "card_inactive"
	// Reported lost.
	ReasonCardLost Reason = "card_lost"
	// Expired.
	ReasonCardExpired Reason = "card_expired"
	// Restricted by the issuer.
	ReasonCardRestricted Reason = "card_restricted"
	// To be confiscated.
	ReasonCardConfiscated Reason = "card_confiscated"
	// Suspected of fraud, to be retained.
	ReasonCardSuspectedFraud Reason = "card_suspected_fraud"
	// The card's state is abnormal, or its number is wrong.
	ReasonCardAbnormal Reason = "card_abnormal"
	// The PIN was entered wrong too often.
	ReasonPINTriesExceeded Reason = "pin_tries_exceeded"
	// Payment without the card present is not enabled.
	ReasonCardlessPaymentDisabled Reason = "cardless_payment_disabled"
	// The issuer does not support this check.
	ReasonIssuerUnsupported Reason = "issuer_unsupported"
	// Checked too often today.
	ReasonAttemptsExceeded Reason = "attempts_exceeded"
	// Only resident identity cards of the second generation are supported.
	ReasonIDTypeUnsupported Reason = "id_type_unsupported"
	// The verification centre is busy.
	ReasonVendorBusy Reason = "vendor_busy"
	// No record to compare with.
	ReasonNoRecord Reason = "no_record"
	// The vendor does not say, or says it with a code that no document explains.
	ReasonUnknown Reason = "unknown"
)

// A LookupReason says why a vendor knows nothing about a card number.
type LookupReason string

const (
	// No record of it.
	LookupReasonNoRecord LookupReason = "no_record"
	// The verification centre is busy.
	LookupReasonVendorBusy LookupReason = "vendor_busy"
	// There is no such card.
	LookupReasonNoSuchCard LookupReason = "no_such_card"
	// Asked too often today.
	LookupReasonAttemptsExceeded LookupReason = "attempts_exceeded"
	// The card is not valid.
	LookupReasonCardInvalid LookupReason = "card_invalid"
	// Cards of this type are not supported.
	LookupReasonCardTypeUnsupported LookupReason = "card_type_unsupported"
	// A code that no document explains.
	LookupReasonUnknown LookupReason = "unknown"
)

// An OrderStatus is what the journal knows of an order.
type OrderStatus string

const (
	// The call runs.
	OrderInFlight OrderStatus = "in_flight"
	// The last byte of the request never left: the vendor cannot have executed it.
	OrderNotSent OrderStatus = "not_sent"
	// The vendor may have executed and billed it.
	OrderUnknown OrderStatus = "unknown"
	// The vendor answered.
	OrderAnswered OrderStatus = "answered"
)

// An AskReason is a reason for which a provider is asked for credentials.
type AskReason string

const (
	// The account has none yet.
	AskFirst AskReason = "first"
	// Those that it gave last have reached the end that it gave with them.
	AskExpired AskReason = "expired"
	// The vendor refused those that it gave last.
	AskRefused AskReason = "refused"
)

// An ImageFormat is the format of a photo, by its first bytes.
type ImageFormat string

const (
	// JPEG.
	FormatJPEG ImageFormat = "jpeg"
	// PNG.
	FormatPNG ImageFormat = "png"
	// Windows bitmap.
	FormatBMP ImageFormat = "bmp"
	// WebP.
	FormatWebP ImageFormat = "webp"
)

// A PhotoLook is the outcome of a look at a photo. Several faults may meet; the first of this list is told.
type PhotoLook string

const (
	// The number can be read with confidence: the vendor offline with the built-in table of issuers accepts it.
	LookReadable PhotoLook = "readable"
	// No card was seen.
	LookNoCard PhotoLook = "no_card"
	// The number is not sharp enough: out of focus, moved, or too small in the photo.
	LookBlurred PhotoLook = "blurred"
	// The photo's edge cuts the card's number off.
	LookCut PhotoLook = "cut"
	// No such fault was seen, but the number cannot be read with confidence here. A vendor may read it.
	LookNotSure PhotoLook = "not_sure"
)
