/* hash.h - SHA-256 of what comes in pieces, and HMAC-SHA-256 when there is a key.
 *
 * One object serves for any number of texts, one after the other: hash_add() what belongs to the
 * text, hash_end() gives its hash and begins the next. It is used by one thread at a time. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE 32
#define HASH_TEXT 65 /* lower-case hex digits and a NUL */

struct hash;
struct hash *hash_new(const void *key, size_t size); /* key NULL: plain SHA-256. Copies the key */
void hash_free(struct hash *hash);                   /* wipes the key; NULL is fine */
void hash_add(struct hash *hash, const void *bytes, size_t size);
void hash_add_int(struct hash *hash, uint64_t value); /* 8 bytes, high first */
void hash_end(struct hash *hash, unsigned char out[HASH_SIZE]);

void hash_text(const unsigned char hash[HASH_SIZE], char text[HASH_TEXT]);
bool hash_parse(const char *text, unsigned char hash[HASH_SIZE]); /* exactly 64 hex digits */
bool hash_equal(const unsigned char a[HASH_SIZE], const unsigned char b[HASH_SIZE]);

#endif
