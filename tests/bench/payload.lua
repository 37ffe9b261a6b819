-- payload.lua - payment events of about 600 bytes for wrk, each with ids of its own.
--
--   wrk -t1 -c64 -d10s -s payload.lua http://127.0.0.1:PORT/PATH
--
-- The last line is RESULT and an object: requests, seconds, latencies in microseconds, errors.
local FORMAT = table.concat({
    '{"transactionId":"TXN-%06d-%09d","merchantId":"MRC-77120-WEB","orderId":"ORD-2026-%09d",',
    '"customerId":"CUS-%07d","amount":%d.%02d,"currency":"%s","status":"%s",',
    '"timestamp":"2026-11-%02dT10:%02d:%02d.%03dZ",',
    '"card":{"token":"tok_%08x%08x%08x%08x","brand":"visa","last4":"%04d","expiryMonth":9,',
    '"expiryYear":2029},"billing":{"name":"Erika Mustermann","line1":"Heidestrasse 17",',
    '"city":"Koeln","postalCode":"51147","country":"DE"},',
    '"risk":{"score":%d,"rules":["velocity","geo"]},"channel":"web","captureMode":"auto",',
    '"reference":"Invoice %09d / web shop"}',
})
local STATUSES = { "AUTHORISED", "AUTHORISED", "AUTHORISED", "REFUSED", "REFUND" }
local CURRENCIES = { "EUR", "USD", "GBP", "CHF" }
local WORD = 4294967296
local HEADERS = { ["Content-Type"] = "application/json" }

local series = os.time() % 1000000 -- of this run of wrk; request() counts within it
local count = 0

function request()
    local n = count

    count = count + 1
    return wrk.format("POST", nil, HEADERS, FORMAT:format(
        series, n, n, n * 7919 % 10000000, n * 37 % 5000 + 1, n * 13 % 100,
        CURRENCIES[n % #CURRENCIES + 1], STATUSES[n % #STATUSES + 1],
        n % 28 + 1, n % 60, n * 7 % 60, n % 1000,
        series, n, n * 2654435761 % WORD, n * 40503 % WORD, n % 10000, n % 100, n))
end

function done(summary, latency)
    local errors = summary.errors

    print(('RESULT {"requests":%d,"seconds":%.3f,"p50_us":%d,"p99_us":%d,"max_us":%d,"errors":%d}')
        :format(summary.requests, summary.duration / 1e6, latency:percentile(50),
            latency:percentile(99), latency.max,
            errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
