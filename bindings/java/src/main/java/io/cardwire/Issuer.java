package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * The issuer of cards whose numbers begin alike, by the table of prefixes.
 *
 * @param name the issuing bank's name in Chinese, as it is today
 * @param code the bank's code as Alipay writes it, such as {@code ICBC}, or null where the table has none
 * @param cardKind debit, credit, ... where the table states it
 */
public record Issuer(String name, @Nullable String code, CardKind cardKind) {}
