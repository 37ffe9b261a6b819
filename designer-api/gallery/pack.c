/* pack.c - folders of flows become a C file with their bundles, and the pairings that they make up:
 * gallery_pack OUT.C PAIRINGS.JSON FOLDER... */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/gallery.h"

#define PACK_LEVEL        19
#define PACK_PAIRINGS_MAX (1u * MIB)

/* The text, packed, as NAME_NUMBER. */
static void pack_text(FILE *out, const char *name, size_t number, const struct buf *plain)
{
    struct gallery_text text;

    gallery_text_pack(&text, buf_text(plain), plain->len, PACK_LEVEL);
    fprintf(out, "static const unsigned char %s_%zu_packed[] = {", name, number);
    for (size_t i = 0; i < text.packed_size; i++)
        fprintf(out, "%s%d,", i % 32 == 0 ? "\n" : "", text.packed[i]);
    fprintf(out, "};\n#define %s_%zu { %s_%zu_packed, %zu, %zu }\n", name, number, name, number,
            text.packed_size, text.size);
    mem_free((void *)text.packed);
}

static bool pack_flow(FILE *out, const char *folder, size_t number)
{
    struct gallery_files files;
    char digest[DIGEST_TEXT];
    struct faults faults;
    struct buf text;
    bool good;

    faults_init(&faults);
    good = gallery_read(&files, folder, &faults);
    if (!good) {
        buf_init(&text, 64 * KIB);
        faults_write(&faults, &text);
        fputs(buf_text(&text), stderr);
        buf_fini(&text);
    }
    pack_text(out, "flow", number, &files.bundle);
    pack_text(out, "samples", number, &files.samples);
    pack_text(out, "about", number, &files.about);
    digest_text(buf_text(&files.bundle), files.bundle.len, digest);
    fprintf(out, "#define digest_%zu \"%s\"\n", number, digest);
    gallery_files_fini(&files);
    faults_fini(&faults);
    return good;
}

static bool pack_pairings(FILE *out, const char *path)
{
    struct faults faults;
    struct buf text, plain;
    struct err e;
    json_t *pairings = NULL;

    faults_init(&faults);
    buf_init(&text, PACK_PAIRINGS_MAX);
    buf_init(&plain, PACK_PAIRINGS_MAX);
    if (gallery_file_add(&text, path, &faults) && text.len > 0)
        pairings = json_read(buf_text(&text), text.len, &json_limits_flow, &e);
    if (pairings != NULL)
        json_write(&plain, pairings);
    else
        fprintf(stderr, "%s: it is no JSON\n", path);
    pack_text(out, "pairings", 0, &plain);
    fprintf(out, "const struct gallery_text gallery_pairings = pairings_0;\n");
    json_decref(pairings);
    buf_fini(&plain);
    buf_fini(&text);
    faults_fini(&faults);
    return pairings != NULL;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "w") : NULL;
    bool good = true;

    mem_install();
    if (out == NULL) {
        fprintf(stderr, "gallery_pack OUT.C PAIRINGS.JSON FOLDER...\n");
        return 2;
    }
    fprintf(out, "/* Made from flows/ by designer-api/gallery/pack.c. */\n"
                 "#include \"designer-api/gallery.h\"\n");
    good = pack_pairings(out, argv[2]);
    for (int i = 3; i < argc; i++)
        good = pack_flow(out, argv[i], (size_t)i) && good;
    fprintf(out, "const struct gallery_flow gallery_flows[] = {\n");
    for (int i = 3; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');

        fprintf(out, "    { \"%s\", flow_%d, samples_%d, about_%d, digest_%d },\n",
                slash != NULL ? slash + 1 : argv[i], i, i, i, i);
    }
    fprintf(out, "    { .name = NULL },\n};\n");
    return fclose(out) == 0 && good ? 0 : 1;
}
