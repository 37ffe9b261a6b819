/* pack.c - folders of flows become a C file with their bundles: gallery_pack OUT.C FOLDER... */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow.h"

#define PACK_MAX (16u * MIB)

static bool pack_flow(FILE *out, const char *folder, size_t number)
{
    struct faults faults;
    struct buf text;
    json_t *bundle;
    bool good;

    faults_init(&faults);
    buf_init(&text, PACK_MAX);
    bundle = flow_read_dir(folder, &faults);
    good = bundle != NULL;
    if (good) {
        json_write(&text, bundle);
        good = buf_ok(&text);
    } else {
        faults_write(&faults, &text);
        fputs(buf_text(&text), stderr);
    }
    fprintf(out, "static const unsigned char flow_%zu[] = {", number);
    for (size_t i = 0; good && i < text.len; i++)
        fprintf(out, "%s%d,", i % 32 == 0 ? "\n" : "", (unsigned char)text.at[i]);
    fprintf(out, "0};\n");
    json_decref(bundle);
    buf_fini(&text);
    faults_fini(&faults);
    return good;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
    bool good = true;

    mem_install();
    if (out == NULL) {
        fprintf(stderr, "gallery_pack OUT.C FOLDER...\n");
        return 2;
    }
    fprintf(out, "/* Made from flows/ by designer-api/gallery/pack.c. */\n"
                 "#include \"designer-api/gallery.h\"\n");
    for (int i = 2; i < argc; i++)
        good = pack_flow(out, argv[i], (size_t)i) && good;
    fprintf(out, "const struct gallery_flow gallery_flows[] = {\n");
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');

        fprintf(out, "    { \"%s\", flow_%d, sizeof flow_%d - 1 },\n",
                slash != NULL ? slash + 1 : argv[i], i, i);
    }
    fprintf(out, "    { NULL, NULL, 0 },\n};\n");
    return fclose(out) == 0 && good ? 0 : 1;
}
