/* Names that the library's dependencies use inside: a program may have its own. */
int rust_eh_personality(void);
int rust_eh_personality(void) { return 7; }
