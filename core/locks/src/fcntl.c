// SQLite calls fcntl through a pointer to a variadic function, which stable Rust cannot define.
#include <stdarg.h>

static int (*handler)(int, int, void *);

__attribute__((visibility("hidden"))) void cardwire_locks_set_handler(
    int (*function)(int, int, void *)) {
    handler = function;
}

__attribute__((visibility("hidden"))) int cardwire_locks_fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return handler(fd, command, argument);
}
