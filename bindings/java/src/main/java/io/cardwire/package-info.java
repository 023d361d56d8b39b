/**
 * Bank-card recognition and cardholder verification over the vendors that businesses in China use.
 *
 * <p>Start with {@link io.cardwire.Client}. Results are records, whose accessors give null where a vendor
 * says nothing; their {@code toString} shows no personal data, while their accessors and {@code toJson} do.
 * Failures are {@link io.cardwire.CardwireException}, unchecked, with a {@link io.cardwire.Kind}.
 *
 * <p>What may be null is annotated with JSpecify's {@code @Nullable}; nothing else is null or takes null.
 *
 * <p>The native library is in the jar. {@code -Dio.cardwire.library=PATH} loads another. From Java 24 on,
 * start the JVM with {@code --enable-native-access=ALL-UNNAMED}.
 */
@NullMarked
package io.cardwire;

import org.jspecify.annotations.NullMarked;
