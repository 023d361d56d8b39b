package io.cardwire;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Objects that the library knows by their numbers, from 1: its callbacks are handed these. */
final class Registry<T> {
    private final Map<Long, T> objects = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    long add(T object) {
        long number = last.incrementAndGet();
        objects.put(number, object);
        return number;
    }

    /** Returns the object of a number, or null. */
    T get(long number) {
        return objects.get(number);
    }

    /** Takes the object of a number out, or gives null. */
    T remove(long number) {
        return objects.remove(number);
    }

    int count() {
        return objects.size();
    }
}
