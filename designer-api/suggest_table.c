/* suggest_table.c - words of payments, orders and accounting, as they stand in the documentation of
 * many systems. The tables know no schema. A group is a bit of a word: at most 64 of a kind. */
#include "designer-api/suggest_word_priv.h"

/* An abbreviation and what it stands for; two words where it stands for two. */
const char *const suggest__shorts[][2] = {
    { "acct", "account" },
    { "acc", "account" },
    { "addr", "address" },
    { "adr", "address" },
    { "amt", "amount" },
    { "ap", "payable" },
    { "appr", "approval" },
    { "ar", "receivable" },
    { "attn", "attention" },
    { "auth", "authorization" },
    { "authcode", "approval code" },
    { "avg", "average" },
    { "bal", "balance" },
    { "bin", "prefix" },
    { "cat", "category" },
    { "cc", "card" },
    { "cd", "code" },
    { "cmt", "comment" },
    { "cnt", "count" },
    { "co", "company" },
    { "corp", "company" },
    { "cpny", "company" },
    { "cr", "credit" },
    { "curr", "currency" },
    { "cury", "currency" },
    { "cust", "customer" },
    { "dba", "trade name" },
    { "dept", "department" },
    { "desc", "description" },
    { "descr", "description" },
    { "disc", "discount" },
    { "doc", "document" },
    { "dob", "birth date" },
    { "dr", "debit" },
    { "dt", "date" },
    { "eff", "effective" },
    { "exch", "exchange" },
    { "exp", "expiration" },
    { "expiry", "expiration" },
    { "ext", "external" },
    { "fname", "first name" },
    { "fx", "exchange" },
    { "gl", "ledger" },
    { "grp", "group" },
    { "hdr", "header" },
    { "ident", "identifier" },
    { "id", "identifier" },
    { "inv", "invoice" },
    { "invt", "inventory" },
    { "jrnl", "journal" },
    { "lname", "last name" },
    { "ln", "line" },
    { "loc", "location" },
    { "mid", "merchant identifier" },
    { "mgr", "manager" },
    { "msg", "message" },
    { "nbr", "number" },
    { "no", "number" },
    { "num", "number" },
    { "ord", "order" },
    { "orig", "original" },
    { "pct", "percent" },
    { "per", "period" },
    { "ph", "phone" },
    { "pmt", "payment" },
    { "pymt", "payment" },
    { "po", "purchase order" },
    { "prc", "price" },
    { "prod", "product" },
    { "pstl", "postal" },
    { "qty", "quantity" },
    { "ref", "reference" },
    { "refnbr", "reference number" },
    { "req", "request" },
    { "resp", "response" },
    { "rcpt", "receipt" },
    { "seq", "sequence" },
    { "shp", "ship" },
    { "sls", "sales" },
    { "so", "sales order" },
    { "st", "street" },
    { "stat", "status" },
    { "sub", "sub" },
    { "svc", "service" },
    { "tel", "phone" },
    { "tot", "total" },
    { "tran", "transaction" },
    { "trans", "transaction" },
    { "trx", "transaction" },
    { "tstamp", "timestamp" },
    { "txn", "transaction" },
    { "tx", "transaction" },
    { "typ", "type" },
    { "uom", "unit" },
    { "val", "value" },
    { "vend", "vendor" },
    { "whse", "warehouse" },
    { "yr", "year" },
    { "zip", "postcode" },
};

/* Words that mean the same where they stand in a field's name; the first names the group. */
const char *const suggest__groups[] = {
    "customer client buyer payer debtor consumer shopper",
    "vendor supplier seller creditor payee",
    "amount sum value",
    "total gross",
    "tax vat gst duty",
    "discount rebate allowance reduction",
    "fee charge surcharge commission",
    "postcode zipcode",
    "state province region",
    "city town locality",
    "street road",
    "phone telephone mobile cell",
    "email mail",
    "description memo note comment text remark narrative detail",
    "identifier key guid uuid",
    "date day on time timestamp at when moment datetime utc",
    "created entered submitted submit added",
    "changed modified updated",
    "payment receipt tender",
    "invoice bill",
    "item product article sku inventory material part",
    "quantity count qty",
    "price cost",
    "exchange fx conversion",
    "company organization organisation business",
    "first given forename",
    "last family surname",
    "currency money",
    "status condition outcome",
    "type kind category class brand",
    "approval authorization authorisation approved authorized",
    "response answer reply",
    "expiration valid expires",
    "ship shipping delivery freight",
    "employee worker person staff",
    "department division centre center",
    "warehouse site location plant",
    "start begin from",
    "open outstanding remaining unpaid",
    "refund credit return reversal",
    "batch lot",
    "country nation",
    "original foreign",
    "case ticket dispute",
    "respond response due",
    "masked last truncated",
};

/* Words that stand for each other in some systems and not in others. */
const char *const suggest__nears[] = {
    "identifier number code reference key sequence",
    "description name title subject message",
    "customer account party profile member",
    "payment transaction settlement sale",
    "amount price cost total sum value balance rate",
    "type method status tender reason brand mode",
    "order purchase sales",
    "invoice document order reference merchant",
    "account category ledger",
    "applied allocation payment apply",
    "company merchant name",
    "state status stage",
    "gateway transaction processor",
    "date due created received entered posted",
    "contact attention person",
    "report journal batch document",
    "line detail entry row",
    "billing customer default",
};

/* Further words that names are made of without a mark between them. */
const char suggest__vocabulary[] =
    " account address amount approval attention authorization balance bank batch bill billing birth"
    " branch card category charge check city code comment company contact control count country"
    " created credit currency customer data date day debit default delivery department deposit"
    " description discount document due effective email employee entry expiration external fax fee"
    " first freight group header holder hold identifier indicator inventory invoice item journal "
    "key"
    " last ledger legal level limit line location manager mask masked merchant message method "
    "middle"
    " mobile model modified money month name net note number of on open or order original other "
    "owner"
    " parent party pay payer payment percent period phone plan posting post postal price primary"
    " priority processor product profile project province purchase quantity reason receipt received"
    " reference refund region request respond response sales schedule sequence service settled"
    " settlement ship shipping site source state status street subject sub tax term terms ticket "
    "time"
    " title to total transaction transit type unit user value vendor version warehouse year zip";

/* What says little by itself, but for what stands beside it. */
const char suggest__general[] =
    " identifier number code key reference value data info of to in the is"
    " text string field new ";

const size_t suggest__short_count = sizeof suggest__shorts / sizeof *suggest__shorts;
const size_t suggest__group_count = sizeof suggest__groups / sizeof *suggest__groups;
const size_t suggest__near_count = sizeof suggest__nears / sizeof *suggest__nears;
