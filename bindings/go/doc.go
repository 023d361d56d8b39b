// Package cardwire reads bank cards from photos and verifies cardholders, over the services that businesses in China
// use for it. It calls the Cardwire library through its C interface: see the README for how a program is built with it.
//
// # Calls
//
// A [Client] is made of a configuration, one JSON document that is the same in every language, and kept: it holds
// connections and tokens. Its calls take a context, whose deadline and cancellation are the call's, and give a result
// or an [*Error].
//
// A result is what a vendor answered: a [Verification] that says mismatch is a result. Only [OutcomeMatch] says that a
// card belongs to its holder.
//
// Results and errors have the same [Facts]: who was asked, the order number, whether the request reached the vendor,
// whether it is billed, and each attempt. After a call that failed, Sent and Billed say whether it may be made again;
// the library itself has repeated it as often as is safe, and never sends again what may have been executed.
//
// # Errors
//
// [errors.As] gives the [*Error], and [errors.Is] finds its kind:
//
//	switch {
//	case errors.Is(err, cardwire.ErrCardNotFound): // ask for another photo
//	case errors.Is(err, context.DeadlineExceeded): // look at Sent before the call is made again
//	}
//
// # Batches
//
// [Client.RecognizeMany] and [Client.VerifyMany] take any number of inputs and give each result as its call ends. With
// a journal in the configuration, a reference for each input and [WithSkipAnswered], a batch that was cut off goes on
// where it was.
//
// # Personal data
//
// Card numbers, names and photos are never in an error, an event or a log line. Nothing that prints a result, a
// [Cardholder], an [Image] or [Credentials] shows them, even as a field of another struct: what is personal in a result
// is a method. The same holds for their JSON; Document of a result gives everything. The package cardwiretest makes
// results and errors for the tests of programs.
//
// # Goroutines and threads
//
// Everything may be used by many goroutines at once, except that one goroutine takes the results of a [Batch]. A call
// that waits holds no thread, and no goroutine outlives the client, the batch or the provider that it serves. The
// runtime counts a goroutine for each thread of the library that has called Go.
package cardwire
