/* limits.h - every ceiling of the program with its reason. Nothing grows without one. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB 1024u
#define MIB (1024u * KIB)

/* JSON */
#define LIMIT_JSON_DEPTH       64u          /* the deepest real payload seen is 14 */
#define LIMIT_JSON_NUMBER      128u         /* characters of one number */
#define LIMIT_JSON_KEY         1024u        /* bytes of one object key */
/* values in one document: bounds memory at about 100 bytes each */
#define LIMIT_JSON_VALUES      2000000u

/* HTTP, incoming */
#define LIMIT_BODY             (1u * MIB)   /* a webhook body; larger files go by reference */
#define LIMIT_HEADER_BYTES     (16u * KIB)  /* request line and headers together */
#define LIMIT_HEADERS          64u
#define LIMIT_PATH             2048u
#define LIMIT_CONNECTIONS      4096u
#define LIMIT_STREAMS          2048u        /* answers that stay open: leaves room for webhooks */
#define LIMIT_STREAM_QUEUE     (1u * MIB)   /* of one that its reader has not taken */
#define LIMIT_STREAM_PIECES    4096u        /* the same in pieces: whatever can be replayed */
#define LIMIT_HEADER_MS        10000        /* from accept to the end of the headers: absolute */
#define LIMIT_BODY_MS          10000        /* plus 1 s for each 64 KiB: absolute */
#define LIMIT_IDLE_MS          75000        /* a kept-alive connection without a request */
/* a caller waits so long for a result, then gets 202 and the run's id */
#define LIMIT_ANSWER_MS        60000

/* HTTP, outgoing */
#define LIMIT_REPLY            (4u * MIB)
#define LIMIT_REPLY_HEADERS    (64u * KIB)
#define LIMIT_CONNECT_MS       10000
#define LIMIT_CALL_MS          30000        /* default of a step's timeout on the wire */
#define LIMIT_RETRY_AFTER_MS   3600000      /* a longer Retry-After is clamped */

/* Flow definitions */
#define LIMIT_FLOW_BYTES       (2u * MIB)
#define LIMIT_NODES            1000u
#define LIMIT_EDGES            4000u
#define LIMIT_LOOP_DEPTH       8u           /* bodies within bodies */
#define LIMIT_NAME             200u         /* characters of a name for people */
#define LIMIT_ID               64u          /* bytes of a node's or port's id */
#define LIMIT_EXPRESSION       (16u * KIB)
#define LIMIT_SCRIPT           (256u * KIB)
#define LIMIT_FAULTS           200u         /* faults reported for one file */
#define LIMIT_LOOKUP_ROWS      100000u
#define LIMIT_RETRY_ATTEMPTS   100u

/* Runs */
#define LIMIT_STEPS            20000000u    /* per run: loops multiply */
/* unfinished runs in memory; above it webhooks get 503 */
#define LIMIT_RUNS             20000u
/* in use; above it webhooks get 503 until runs have ended */
#define LIMIT_MEMORY           (1024u * MIB)
/* outputs of a run that are in memory at a time, as JSON */
#define LIMIT_RUN_BYTES        (64u * MIB)
#define LIMIT_OUTPUT           (4u * MIB)   /* one step's output as JSON */
/* runs moved in one turn of the loop, then I/O has its turn */
#define LIMIT_TURN_RUNS        256u
#define LIMIT_TURN_MS          5            /* and no longer than so many milliseconds */

/* Rules */
#define LIMIT_RULE_MEMORY      (32u * MIB)  /* of one loop's Lua state while a rule runs */
#define LIMIT_RULE_TICKS       5000000u     /* VM instructions: about 50 ms */
#define LIMIT_RULE_MS          250
/* A flow may ask for so much where nobody has set it, and an administrator allow so much. A Lua
 * state of 128 MiB is the largest whose full collection still takes less than 50 ms. */
#define LIMIT_RULE_ASK_MIB     64u
#define LIMIT_RULE_ASK_TICKS   20000000u
#define LIMIT_RULE_ASK_MS      1000
#define LIMIT_RULE_MOST_MIB    128u
#define LIMIT_RULE_MOST_TICKS  500000000u   /* about 5 s */
#define LIMIT_RULE_MOST_MS     10000
/* Less would stop rules of a few lines. */
#define LIMIT_RULE_LEAST_MIB   8u
#define LIMIT_RULE_LEAST_TICKS 10000u
#define LIMIT_RULE_LEAST_MS    20
#define LIMIT_RULE_TEXT        400u         /* bytes of an error text that leaves the sandbox */
#define LIMIT_RULE_STRING      (8u * MIB)   /* the longest string a library function builds */

#endif
