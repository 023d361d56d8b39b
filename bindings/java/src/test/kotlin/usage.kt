/** How callers use the package. It is compiled, not run. */
package usage

import io.cardwire.BatchItem
import io.cardwire.CallReport
import io.cardwire.Cardholder
import io.cardwire.CardwireException
import io.cardwire.Recognition

fun issuer(card: Recognition): Int? = card.issuer?.length

fun number(card: Recognition): Int = card.cardNumber.length

fun request(call: CallReport): Int? = call.requestId()?.length

fun step(error: CardwireException): String? = error.networkCause()?.step

fun shown(item: BatchItem<Recognition>): String? = item.error?.message ?: item.result?.maskedCardNumber()

fun card(item: BatchItem<Recognition>): String = item.orThrow().cardNumber

fun holder(): Cardholder = Cardholder("6222020000000000000", "张三", null, null)
