/** What the compiler must refuse: each function is an error that it has to report. */
package refused

import io.cardwire.BatchItem
import io.cardwire.CallReport
import io.cardwire.Cardholder
import io.cardwire.CardwireException
import io.cardwire.Recognition

fun issuer(card: Recognition): Int = card.issuer.length

fun request(call: CallReport): Int = call.requestId().length

fun step(error: CardwireException): String = error.networkCause().step

fun shown(item: BatchItem<Recognition>): String? = item.error.message

fun card(item: BatchItem<Recognition>): String = item.result.cardNumber

fun holder(): Cardholder = Cardholder("6222020000000000000", null, null, null)
