/* rule_reads.h - what a text reads of the values around it, as the compiler has understood it.
 *
 * The compiler's own output is read, so that a name in a text or a comment is none, and a local
 * that bears the name of a value is not taken for it. What cannot be told apart is told as the
 * larger value: a reading may be too broad, never too narrow. Nothing is executed. */
#ifndef RULES_RULE_READS_H
#define RULES_RULE_READS_H

#include "rules/rule.h"

/* {"reads": [["trigger", "body", "lines", 0, "sku"], ...] each once, a list's position from 0;
 * "exact"?: true: the text is the one value that it reads, unchanged; "calls"?: names of the
 * library; "tables"?, "modules"?: those that are named, "*": one that is found when it runs;
 * "names"?: fields of whatever value}. kind: RULE_EXPRESSION or RULE_SCRIPT, modules too. New
 * reference; NULL: it cannot be read. */
json_t *rules_reads(struct rules *rules, enum rule_kind kind, const char *text,
                    size_t size) MUST_USE;

#endif
