/* fuzz_main.h - with -DFUZZ_MAIN instead of a fuzzing engine: reads the files named as arguments.
 * A fuzzer includes it last. */
#ifndef TESTS_FUZZ_FUZZ_MAIN_H
#define TESTS_FUZZ_FUZZ_MAIN_H

#include <stdlib.h>
#include <unistd.h>

/* How an internal fault ends the process (base/check.h): an engine keeps the input of a crash. */
void _exit(int status)
{
    (void)status;
    abort();
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv)
{
    static char bytes[4 * MIB];

    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");

        if (file == NULL) {
            perror(argv[i]);
            return 2;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, fread(bytes, 1, sizeof bytes, file));
        fclose(file);
    }
    return 0;
}
#endif

#endif
