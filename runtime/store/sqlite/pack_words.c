/* pack_words.c - what stands before every text, so that also the first mention of a common word is
 * a reference: the envelope of a webhook, the entries of a journal, the fields of payments, orders,
 * customers and ledgers.
 *
 * It is part of formats 1 and 2 (pack_priv.h), which are in stores: never change a byte of it. A
 * better one is a new format. */
#include "store/sqlite/pack_priv.h"

const char pack_words[] =
    /* fields of the systems around us */
    "\"first_name\":\"\",\"last_name\":\"\",\"firstName\":\"\",\"lastName\":\"\",\"fullName\":\"\","
    "\"companyName\":\"\",\"email\":\"\",\"phone\":\"+1\",\"address\":{\"address1\":\"\","
    "\"street\":\"\",\"line1\":\"\",\"line2\":null,\"city\":\"\",\"locality\":\"\",\"state\":\"\","
    "\"administrativeArea\":\"\",\"province\":\"\",\"postalCode\":\"\",\"postal_code\":\"\","
    "\"zip\":\"\","
    "\"country\":\"US\"},\"billing\":{\"name\":\"\"},\"shipping\":{},\"billTo\":{},"
    "\"line_items\":[{\"sku\":\"\",\"title\":\"\",\"quantity\":1,\"price\":\"0.00\",\"tax\":0,"
    "\"discount\":0}],\"lines\":[{\"description\":\"\",\"accountNumber\":\"\",\"glAccount\":\"\","
    "\"debit\":0,\"credit\":0,\"dimension\":\"\"}],\"journalBatchNumber\":\"\","
    "\"journalName\":\"\","
    "\"documentNumber\":\"\",\"externalReference\":\"\",\"invoiceNumber\":\"\",\"invoiceId\":\"\","
    "\"dataAreaId\":\"USMF\",\"TransDate\":\"2026-\",\"postingDate\":\"2026-\","
    "\"dueDate\":\"2026-\","
    "\"exchangeRate\":1,\"taxAmount\":0,\"totalAmount\":\"\",\"subtotal\":\"\",\"fee\":\"\","
    "\"orderInformation\":{\"amountDetails\":{\"totalAmount\":\"\",\"currency\":\"USD\"}},"
    "\"clientReferenceInformation\":{\"code\":\"\"},"
    "\"processorInformation\":{\"approvalCode\":\"\"},"
    "\"payment_method\":\"card\",\"paymentMethodType\":\"\",\"gateway\":\"\",\"last_four\":\"\","
    "\"card\":{\"token\":\"tok_\",\"brand\":\"visa\",\"type\":\"mastercard\",\"last4\":\"\","
    "\"expiryMonth\":1,\"expiryYear\":2029,\"expiration_month\":\"\",\"expiration_year\":\"\"},"
    "\"risk\":{\"score\":0,\"rules\":[\"velocity\",\"geo\"]},\"metadata\":{},\"tags\":[],"
    "\"refund\":{\"reason\":\"\"},\"approval_code\":\"\",\"response_code\":101,\"success\":true,"
    "\"merchantId\":\"\",\"customer_id\":\"\",\"customerId\":\"CUS-\",\"customer\":\"\","
    "\"order_id\":\"\",\"orderId\":\"ORD-\",\"order_number\":\"\",\"transaction_id\":\"\","
    "\"created_at\":\"2026-\",\"updated_at\":\"2026-\",\"createdAt\":\"2026-\",\"date\":\"2026-\","
    "\"captureMode\":\"auto\",\"channel\":\"web\",\"description\":\"\",\"reference\":\"Invoice \","
    "\"type\":\"payment\",\"kind\":\"refund\",\"state\":\"paid\",\"id\":\"\",\"name\":\"\","
    "\"text\":\"\",\"status\":\"Approved\",\"status\":\"AUTHORISED\",\"status\":\"pending\","
    "\"transactionId\":\"TXN-\",\"amount\":\"\",\"amount\":1,\"currency\":\"EUR\","
    "\"currency\":\"USD\",\"timestamp\":\"2026-11-01T00:00:00.000Z\","
    /* headers of requests and replies */
    "\"x-forwarded-for\":\"127.0.0.1\",\"x-forwarded-proto\":\"https\",\"x-request-id\":\"\","
    "\"x-signature\":\"\",\"accept-encoding\":\"gzip, deflate\",\"accept\":\"*/*\","
    "\"user-agent\":\"\",\"connection\":\"keep-alive\",\"cache-control\":\"no-cache\","
    "\"server\":\"\","
    "\"date\":\"Mon, 01 Jan 2026 00:00:00 GMT\",\"location\":\"https://\",\"transfer-encoding\":"
    "\"chunked\",{\"status\":201,\"headers\":{\"content-type\":\"application/json; charset=utf-8\","
    "{\"status\":200,\"headers\":{\"content-type\":\"application/json\",\"content-length\":\"\"},"
    "\"body\":{},\"headers\":{\"host\":\"localhost:8080\",\"content-type\":\"application/json\","
    "\"content-length\":\"600\"},\"query\":{},\"method\":\"POST\",\"path\":\"payments\","
    "\"received_at\":\"2026-11-01T00:00:00.000Z\"}"
    /* entries of a journal */
    "{\"n\":\"\",\"t\":1,\"a\":2,\"e\":{\"kind\":\"transient\",\"text\":\"\",\"step\":\"\","
    "\"details\":{\"status\":500,\"body\":\"\"}},\"next\":17}"
    ",\"i\":{\"key\":\"\",\"class\":\"keyed\",\"what\":\"POST https://\",\"digest\":\"\"}},"
    "\"p\":\"error\",\"o\":null},{\"n\":\"\",\"t\":0,\"same\":1},{\"n\":\"\",\"t\":0,\"p\":\"\","
    "\"same\":1},{\"n\":\"answer\",\"t\":0,\"d\":1,\"o\":{[{\"n\":\"\",\"t\":0,\"o\":{\"body\":{\"";

const size_t pack_words_size = sizeof(pack_words) - 1;
