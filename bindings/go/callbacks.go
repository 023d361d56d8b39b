package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"unsafe"
)

// calls holds who waits for the end of a call, by the numbers that the library gives back with it.
var calls registry[chan<- end]

// An end is that of a call, as the library told it: the document of a result with the vendor's answer, or that of an
// error with what is told beside it.
type end struct {
	document, raw []byte
	failed        bool
	beside        besideError
}

// cardwireGoDone runs on a thread of the library's, or on the one that asks; what it is given lives until it returns.
//
//export cardwireGoDone
func cardwireGoDone(
	document *C.char, documentLen C.size_t, raw *C.uint8_t, rawLen C.size_t, failure *C.cardwire_error, call C.uintptr_t,
) {
	waiting, ok := calls.take(uintptr(call))
	if !ok {
		return
	}
	told := end{document: copied(unsafe.Pointer(document), documentLen), failed: raw == nil}
	if told.failed {
		told.beside = beside(failure)
	} else {
		told.raw = copied(unsafe.Pointer(raw), rawLen)
	}
	// There is room for the one end that comes.
	waiting <- told
}

// cardwireGoReady takes notice that a call of a batch has ended.
//
//export cardwireGoReady
func cardwireGoReady(number C.uintptr_t) {
	if ready, ok := batches.get(uintptr(number)); ok {
		wake(ready)
	}
}

//export cardwireGoEvent
func cardwireGoEvent(event *C.cardwire_event, number C.uintptr_t) {
	if observer, ok := observers.get(uintptr(number)); ok {
		document := copied(unsafe.Pointer(C.cardwire_event_json(event)), C.cardwire_event_json_len(event))
		text := C.GoString(C.cardwire_event_text(event))
		ctx, ok := contexts.get(uintptr(C.cardwire_event_context(event)))
		if !ok {
			ctx = context.Background()
		}
		// A later library may have events that this package does not know.
		if event := readEvent(document, text); event != nil {
			observer(ctx, event)
		}
	}
}

//export cardwireGoAsk
func cardwireGoAsk(ask *C.cardwire_ask, number C.uintptr_t) {
	question := CredentialAsk{
		Vendor:  Vendor(C.GoString(C.cardwire_ask_vendor(ask))),
		Account: C.GoString(C.cardwire_ask_account(ask)),
		Reason:  AskReason(C.GoString(C.cardwire_ask_reason_name(C.cardwire_ask_reason(ask)))),
	}
	for i := C.size_t(0); i < C.cardwire_ask_secret_count(ask); i++ {
		question.Secrets = append(question.Secrets, C.GoString(C.cardwire_ask_secret(ask, i)))
	}
	provider, ok := providers.get(uintptr(number))
	if !ok {
		C.cardwire_go_ask_fail(ask, 0)
		return
	}
	// Not here: closing the client would wait for it.
	go func() {
		given, err := provider.ask(question)
		if err == nil {
			err = answer(ask, question, given)
		}
		if err != nil {
			fail(ask, err)
		}
	}()
}

// cardwireGoForget forgets the error of a provider that no error of the library's has any more.
//
//export cardwireGoForget
func cardwireGoForget(number C.uintptr_t) {
	providerErrors.take(uintptr(number))
}
