package io.cardwire;

import java.util.Locale;

/** A value of a closed list. */
public interface NamedValue {
    /** {@return the name of the constant in Java, in upper case} */
    String name();

    /** {@return the stable name, in snake_case: the same in every language} */
    default String slug() {
        return name().toLowerCase(Locale.ROOT);
    }
}
