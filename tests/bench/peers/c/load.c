/* How long loading a shared library takes, in milliseconds: load LIBRARY. */
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv) {
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    if (!library) return 1;
    printf("%.3f\n", (ended.tv_sec - begun.tv_sec) * 1e3 + (ended.tv_nsec - begun.tv_nsec) / 1e6);
    return 0;
}
