/* xml.c - see xml.h. The parser, its limits and its places.
 *
 * (1) After an error nothing is told any more.                          [xml_stop]
 * (2) What libxml2 calls an error or worse is one: namespaces, too.     [on_error]
 * (3) A DOCTYPE stops the parser before anything in it is looked at.    [on_doctype] */
#include "format/xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml_priv.h"

#define XML_MAGIC     0x9A7D0C3Eu
#define XML_PATH_ROOM 4096u

struct xml {
    unsigned magic;
    xmlParserCtxtPtr parser;
    xmlSAXHandler sax;
    const struct xml_events *events; /* NULL: a tree is built */
    void *arg;
    struct buf path; /* "/Invoice/Line" */
    unsigned depth;
    size_t nodes, bytes;
    struct xml_attribute *attributes;
    struct xml_space *spaces;
    size_t attribute_room, space_room;
    enum err_code rc;
    struct err e;
    bool over;
};

/* ---- libxml2 as a whole */

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_try(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

/* What it would print is told by errors. */
static void be_quiet(void *arg, const char *fmt, ...)
{
    (void)arg;
    (void)fmt;
}

/* What it makes for itself for good stays with the C library: it is never released. */
static void ready_once(void)
{
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, be_quiet);
    xmlThrDefSetGenericErrorFunc(NULL, be_quiet);
    xmlMemSetup(mem_free, mem_try, mem_try_resize, copy_text);
}

void xml__ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, ready_once);
}

bool xml__filled(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            return true;
    return false;
}

xmlDocPtr xml__doc(const struct xml *xml)
{
    check(xml->events == NULL && xml->over && xml->rc == ERR_OK);
    return xml->parser->myDoc;
}

/* ---- Errors */

static void xml_stop(struct xml *xml, enum err_code rc, int line, int column)
{
    const char *path = buf_text(&xml->path);

    check(rc != ERR_OK);
    if (xml->rc != ERR_OK)
        return;
    xml->rc = rc;
    if (line <= 0 && xml->parser->input != NULL) {
        line = xml->parser->input->line;
        column = xml->parser->input->col;
    }
    err_prefix(&xml->e, "line %d, column %d, %.200s", line > 0 ? line : 1, column > 0 ? column : 1,
               *path != '\0' ? path : "/");
    xmlStopParser(xml->parser);
}

static void on_error(void *arg, xmlErrorPtr error)
{
    struct xml *xml = arg;
    const char *text = error->message != NULL ? error->message : "it is not well-formed";

    if (error->level < XML_ERR_ERROR || xml->rc != ERR_OK || error->code == XML_ERR_USER_STOP)
        return;
    if (error->code == XML_ERR_NO_MEMORY) {
        xml_stop(xml, err_set(&xml->e, ERR_MEMORY, "no memory for the document"), error->line,
                 error->int2);
        return;
    }
    if (error->code == XML_ERR_DOCUMENT_END)
        text = "the document ends too early, or goes on behind its root element";
    err_set(&xml->e, ERR_SYNTAX, "%.*s", (int)strcspn(text, "\n"), text);
    xml_stop(xml, ERR_SYNTAX, error->line, error->int2);
}

/* ---- What libxml2 tells */

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    struct xml *xml = arg;

    (void)name;
    (void)id;
    (void)system;
    xml_stop(xml,
             err_set(&xml->e, ERR_POLICY,
                     "a document with a DOCTYPE is refused: it can hold entities that grow, or "
                     "reach for other files"),
             0, 0);
}

static bool room_make(void **list, size_t *room, size_t wanted, size_t size)
{
    void *more;

    if (wanted <= *room)
        return true;
    more = mem_try_resize(*list, (wanted + 16) * size);
    if (more == NULL)
        return false;
    *list = more;
    *room = wanted + 16;
    return true;
}

static enum err_code element_limits(struct xml *xml, size_t attributes)
{
    if (xml->depth >= XML_DEPTH)
        return err_set(&xml->e, ERR_LIMIT, "elements are nested deeper than %u levels", XML_DEPTH);
    if (attributes > XML_ATTRIBUTES)
        return err_set(&xml->e, ERR_LIMIT, "an element has more than %u attributes",
                       XML_ATTRIBUTES);
    xml->nodes += 1 + attributes;
    if (xml->nodes > LIMIT_JSON_VALUES)
        return err_set(&xml->e, ERR_LIMIT, "there are more than %u elements and attributes",
                       LIMIT_JSON_VALUES);
    return ERR_OK;
}

static enum err_code element_tell(struct xml *xml, struct xml_element *element,
                                  const xmlChar **spaces, const xmlChar **attributes)
{
    void *list = xml->attributes;
    bool ready =
        room_make(&list, &xml->attribute_room, element->attribute_count, sizeof *xml->attributes);

    xml->attributes = list;
    list = xml->spaces;
    ready = ready && room_make(&list, &xml->space_room, element->space_count, sizeof *xml->spaces);
    xml->spaces = list;
    if (!ready)
        return err_set(&xml->e, ERR_MEMORY, "no memory for an element");
    for (size_t i = 0; i < element->space_count; i++)
        xml->spaces[i] =
            (struct xml_space){ (const char *)spaces[2 * i],
                                spaces[2 * i + 1] != NULL ? (const char *)spaces[2 * i + 1] : "" };
    for (size_t i = 0; i < element->attribute_count; i++) {
        const xmlChar **at = attributes + 5 * i;

        xml->attributes[i] = (struct xml_attribute){ .name = (const char *)at[0],
                                                     .prefix = (const char *)at[1],
                                                     .uri = (const char *)at[2],
                                                     .value = (const char *)at[3],
                                                     .size = (size_t)(at[4] - at[3]) };
    }
    element->spaces = xml->spaces;
    element->attributes = xml->attributes;
    return xml->events->begin(xml->arg, element, &xml->e);
}

static void on_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int space_count, const xmlChar **spaces, int attribute_count, int defaulted,
                     const xmlChar **attributes)
{
    struct xml *xml = arg;
    struct xml_element element = { .prefix = (const char *)prefix,
                                   .uri = (const char *)uri,
                                   .name = (const char *)name,
                                   .space_count = (size_t)space_count,
                                   .attribute_count = (size_t)attribute_count };
    enum err_code rc;

    if (xml->rc != ERR_OK)
        return;
    rc = element_limits(xml, element.attribute_count + element.space_count);
    buf_addf(&xml->path, "/%s%s%s", prefix != NULL ? element.prefix : "", prefix != NULL ? ":" : "",
             element.name);
    xml->depth++;
    if (rc == ERR_OK)
        rc = buf_check(&xml->path, "the path of an element", &xml->e);
    if (rc == ERR_OK && xml->events != NULL)
        rc = element_tell(xml, &element, spaces, attributes);
    if (rc != ERR_OK)
        xml_stop(xml, rc, 0, 0);
    else if (xml->events == NULL)
        xmlSAX2StartElementNs(xml->parser, name, prefix, uri, space_count, spaces, attribute_count,
                              defaulted, attributes);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml *xml = arg;
    enum err_code rc = ERR_OK;
    char *slash;

    if (xml->rc != ERR_OK)
        return;
    if (xml->events == NULL)
        xmlSAX2EndElementNs(xml->parser, name, prefix, uri);
    else
        rc = xml->events->end(xml->arg, &xml->e);
    if (rc != ERR_OK) {
        xml_stop(xml, rc, 0, 0);
        return;
    }
    xml->depth--;
    slash = xml->path.at != NULL ? strrchr(xml->path.at, '/') : NULL;
    check(slash != NULL);
    *slash = '\0';
    xml->path.len = (size_t)(slash - xml->path.at);
}

static void on_text(void *arg, const xmlChar *text, int size)
{
    struct xml *xml = arg;
    enum err_code rc = ERR_OK;

    if (xml->rc != ERR_OK || size <= 0)
        return;
    if (xml->events == NULL)
        xmlSAX2Characters(xml->parser, text, size);
    else
        rc = xml->events->text(xml->arg, (const char *)text, (size_t)size, &xml->e);
    if (rc != ERR_OK)
        xml_stop(xml, rc, 0, 0);
}

static void on_document(void *arg)
{
    struct xml *xml = arg;

    if (xml->events == NULL)
        xmlSAX2StartDocument(xml->parser);
}

/* ---- Feeding */

struct xml *xml_new(const struct xml_events *events, void *arg, struct err *e)
{
    struct xml *xml = mem_try(sizeof *xml);

    xml__ready();
    if (xml == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the document");
        return NULL;
    }
    memset(xml, 0, sizeof *xml);
    xml->magic = XML_MAGIC;
    xml->events = events;
    xml->arg = arg;
    buf_init(&xml->path, XML_PATH_ROOM);
    xml->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .startDocument = on_document,
        .startElementNs = on_begin,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .serror = on_error,
    };
    xml->parser = xmlCreatePushParserCtxt(&xml->sax, xml, NULL, 0, NULL);
    if (xml->parser != NULL) {
        /* NOENT makes "&amp;" in attributes the character that it is, instead of "&#38;"; there
         * are no other entities, for there is no DOCTYPE to declare them. */
        xmlCtxtUseOptions(xml->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC |
                                           XML_PARSE_NODICT);
        return xml;
    }
    err_set(e, ERR_MEMORY, "no memory for the document");
    xml_free(xml);
    return NULL;
}

void xml_free(struct xml *xml)
{
    if (xml == NULL)
        return;
    check(xml->magic == XML_MAGIC);
    if (xml->parser != NULL) {
        if (xml->parser->myDoc != NULL)
            xmlFreeDoc(xml->parser->myDoc);
        xml->parser->myDoc = NULL;
        xmlFreeParserCtxt(xml->parser);
    }
    xmlResetLastError();
    buf_fini(&xml->path);
    mem_free(xml->attributes);
    mem_free(xml->spaces);
    xml->magic = 0;
    mem_free(xml);
}

static enum err_code xml_finish(struct xml *xml, bool last, struct err *e)
{
    if (xml->rc == ERR_OK && last && !xml->parser->wellFormed) {
        err_set(&xml->e, ERR_SYNTAX, "the document is not well-formed");
        xml_stop(xml, ERR_SYNTAX, 0, 0);
    }
    xml->over = xml->over || last || xml->rc != ERR_OK;
    if (xml->rc != ERR_OK)
        *e = xml->e;
    return xml->rc;
}

enum err_code xml_feed(struct xml *xml, const char *text, size_t size, struct err *e)
{
    check(xml->magic == XML_MAGIC);
    check(!xml->over);
    xml->bytes += size;
    if (xml->bytes > XML_BYTES) {
        xml->over = true;
        return err_set(e, ERR_LIMIT, "the document has more than %u bytes", XML_BYTES);
    }
    while (size > 0 && xml->rc == ERR_OK) {
        size_t part = size < 65536 ? size : 65536;

        xmlParseChunk(xml->parser, text, (int)part, 0);
        text += part;
        size -= part;
    }
    return xml_finish(xml, false, e);
}

enum err_code xml_end(struct xml *xml, struct err *e)
{
    check(xml->magic == XML_MAGIC);
    check(!xml->over);
    xmlParseChunk(xml->parser, "", 0, 1);
    return xml_finish(xml, true, e);
}

/* ---- What bytes say of themselves */

bool xml_encoding(const char *bytes, size_t size, char *name, size_t room)
{
    static const char word[] = "encoding";
    const char *end, *at, *close;
    char quote;

    check(room > 8);
    if (size >= 4 && memcmp(bytes, "<\0?\0", 4) == 0) {
        memcpy(name, "utf-16le", 9);
        return true;
    }
    if (size >= 4 && memcmp(bytes, "\0<\0?", 4) == 0) {
        memcpy(name, "utf-16be", 9);
        return true;
    }
    if (size < 5 || memcmp(bytes, "<?xml", 5) != 0)
        return false;
    end = memchr(bytes, '>', size < 512 ? size : 512);
    at = end != NULL ? memmem(bytes, (size_t)(end - bytes), word, sizeof word - 1) : NULL;
    if (at == NULL)
        return false;
    for (at += sizeof word - 1; at < end && strchr(" \t\r\n=", *at) != NULL; at++)
        ;
    quote = *at;
    if (quote != '"' && quote != '\'')
        return false;
    close = memchr(at + 1, quote, (size_t)(end - at - 1));
    if (close == NULL || close == at + 1 || (size_t)(close - at) > room - 1)
        return false;
    memcpy(name, at + 1, (size_t)(close - at - 1));
    name[close - at - 1] = '\0';
    return true;
}
